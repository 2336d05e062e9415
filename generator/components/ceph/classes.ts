import type { DataConstraint } from "../../contract/component.ts";
import type { Profile } from "../../contract/context.ts";
import { blockDriver, fileDriver } from "../../operators/ceph-csi.ts";
import { rook } from "../../operators/rook.ts";
import { type CephContext, dataPool, fileDataPool, type Options, poolOf, poolOfClass } from "./options.ts";

interface View {
  readonly options: Options;
  readonly profile: Profile;
}
type Class = Options["classes"][string];

/**
 * StorageClasses. Their fields are those of Rook's examples: https://github.com/rook/rook/tree/v1.20.6/deploy/examples/csi
 * Whether the kernel encrypts what it sends, Rook tells the monitors and the drivers.
 */
export const storageClasses = (view: View): Record<string, object> =>
  Object.fromEntries(
    Object.entries(view.options.classes).map(([name, each]) => [
      name,
      {
        allowVolumeExpansion: true,
        ...(each.files === undefined ? ofDisks(each, view) : ofFolders(each.files)),
        reclaimPolicy: each.reclaim,
      },
    ]),
  );

/**
 * Classes of snapshots: one for volumes that are disks, one for those that are folders. Whoever takes a snapshot names one; both are as in
 * Rook's examples: https://github.com/rook/rook/blob/v1.20.6/deploy/examples/csi/rbd/snapshotclass.yaml
 */
export const snapshotClasses = ({ options: { classes } }: Pick<View, "options">): Record<string, object> => {
  const isFiles = Object.values(classes).map(({ files }) => files !== undefined);
  return {
    ...(isFiles.includes(false) ? { "ceph-block": snapshots("rbd", blockDriver) } : {}),
    ...(isFiles.includes(true) ? { "ceph-files": snapshots("cephfs", fileDriver) } : {}),
  };
};

/** A snapshot that nobody claims any more goes, as a volume does by default. */
const snapshots = (kind: "rbd" | "cephfs", driver: string): object => ({
  deletionPolicy: "Delete",
  driver,
  parameters: {
    clusterID: rook.namespace,
    "csi.storage.k8s.io/snapshotter-secret-name": `rook-csi-${kind}-provisioner`,
    "csi.storage.k8s.io/snapshotter-secret-namespace": rook.namespace,
  },
});

/** Volumes that one node mounts: disks in a pool. */
const ofDisks = (each: Class, view: View): object => {
  const pool = poolOfClass(each);
  return {
    parameters: {
      ...common("rbd"),
      "csi.storage.k8s.io/fstype": each.format,
      ...(poolOf(pool, view).chunks === undefined ? {} : { dataPool: dataPool(pool) }),
      imageFeatures: "layering",
      imageFormat: "2",
      pool,
    },
    provisioner: blockDriver,
  };
};

/** Volumes that many nodes mount: folders of a file system. */
const ofFolders = (name: string): object => ({
  parameters: { ...common("cephfs"), fsName: name, pool: `${name}-${fileDataPool}` },
  provisioner: fileDriver,
});

/** Rook calls the cluster like its namespace, and makes the Secrets of the drivers' users there. */
const common = (kind: "rbd" | "cephfs"): Record<string, string> => ({
  clusterID: rook.namespace,
  ...Object.fromEntries(
    [
      ["provisioner", "provisioner"],
      ["controller-expand", "provisioner"],
      ["controller-publish", "provisioner"],
      ["node-stage", "node"],
    ].flatMap(([use, user]) => [
      [`csi.storage.k8s.io/${use}-secret-name`, `rook-csi-${kind}-${user}`],
      [`csi.storage.k8s.io/${use}-secret-namespace`, rook.namespace],
    ]),
  ),
});

/** The API server changes no field of a StorageClass but the one about growth. */
export const classData = ({ options, profile }: CephContext): DataConstraint[] =>
  Object.entries(options.classes).map(([name, each]) => {
    const value = `${placeOf(each, { options, profile })}, reclaim ${each.reclaim}`;
    return {
      key: `class ${name}`,
      value,
      shown: value,
      rule: "fixed",
      what: `the StorageClass ${name}`,
      consequence: "Kubernetes takes no other value: name another class beside it, which volumes to come are of.",
    };
  });

function placeOf(each: Class, view: View): string {
  if (each.files !== undefined) return `folders of the file system ${each.files}`;
  const pool = poolOfClass(each);
  const apart = poolOf(pool, view).chunks === undefined ? "" : `, data in ${dataPool(pool)}`;
  return `${each.format} in the pool ${pool}${apart}`;
}
