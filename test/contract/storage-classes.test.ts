import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Catalogue, type Component, component } from "../../generator/contract/component.ts";
import { cephCsi } from "../../generator/operators/ceph-csi.ts";
import { storageClassObjects } from "../../generator/render/storage-classes.ts";
import { mistakes, rendered } from "../family/clusters.ts";
import { renderingOf } from "../kit/tiny.ts";
import { withDisks } from "./storage.ts";

const ceph = (options: object) => ({
  ...withDisks,
  infrastructure: {
    ...withDisks.infrastructure,
    ceph: { hosts: Object.fromEntries(["1", "2", "3", "4", "5"].map((each) => [`s${each}`, {}])), ...options },
  },
});
const classes = { block: {}, kept: { pool: "slow", reclaim: "Retain", format: "xfs" } };
const cluster = rendered(
  { keystone: {} },
  ceph({ classes, pools: { slow: { erasureCoded: { data: 2, coding: 2 } } } }),
);
const objects = renderingOf(cluster, "ceph").objects;

describe("a StorageClass of Ceph", () => {
  const [block, kept] = storageClassObjects(cluster.model) as unknown as {
    metadata: { annotations: object };
    reclaimPolicy: string;
    allowVolumeExpansion: boolean;
    provisioner: string;
    parameters: Record<string, string>;
  }[];

  test("grows, names the Secrets that Rook makes, and stays when it leaves Git", () => {
    expect(block).toMatchObject({
      allowVolumeExpansion: true,
      metadata: { annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } },
      parameters: {
        clusterID: "rook-ceph",
        "csi.storage.k8s.io/controller-expand-secret-name": "rook-csi-rbd-provisioner",
        "csi.storage.k8s.io/fstype": "ext4",
        "csi.storage.k8s.io/node-stage-secret-name": "rook-csi-rbd-node",
        "csi.storage.k8s.io/node-stage-secret-namespace": "rook-ceph",
        pool: "kubernetes",
      },
      provisioner: "rook-ceph.rbd.csi.ceph.com",
      reclaimPolicy: "Delete",
    });
    expect(block!.parameters.dataPool).toBeUndefined();
  });

  test("keeps its data in chunks where its pool says so, and its directory in copies", () => {
    expect(kept).toMatchObject({ reclaimPolicy: "Retain", parameters: { pool: "slow", dataPool: "slow-data" } });
    expect(objects["CephBlockPool/slow"]!.spec).toMatchObject({ replicated: { size: 3 } });
    expect(objects["CephBlockPool/slow-data"]!.spec).toMatchObject({
      erasureCoded: { dataChunks: 2, codingChunks: 2 },
      parameters: { bulk: "true", min_size: "3" },
    });
  });

  test("brings its pool and the drivers along, and no other cluster has them", () => {
    expect(Object.keys(objects)).toContain("CephBlockPool/kubernetes");
    expect(cluster.model.operators).toContain("ceph-csi");
    expect(rendered({ keystone: {} }, ceph({})).model.operators).not.toContain("ceph-csi");
  });

  test("has keys that each kernel knows, and one prior key stays for what is mounted", () => {
    expect(objects["CephCluster/ceph"]!.spec).toMatchObject({
      security: { cephx: { csi: { keepPriorKeyCountMax: 1, keyType: "aes" } } },
    });
  });

  test("comes before those whose volumes are of it", () => {
    const places = {
      keystone: {},
      glance: { stores: { files: { type: "file", storageClass: "block" } }, replicas: 1 },
    };
    const { model } = rendered(places, ceph({ classes }));
    expect(model.instances.find(({ name }) => name === "glance")!.after).toContain("ceph");
    expect(cluster.model.instances.find(({ name }) => name === "mariadb")!.after).not.toContain("ceph");
  });
});

test("a class of a file system has volumes that many nodes mount", () => {
  const all = rendered(
    { keystone: {} },
    ceph({ fileSystems: { shared: {} }, classes: { shared: { files: "shared" } } }),
  );
  expect(storageClassObjects(all.model)[0]).toMatchObject({
    parameters: {
      "csi.storage.k8s.io/node-stage-secret-name": "rook-csi-cephfs-node",
      fsName: "shared",
      pool: "shared-replicated",
    },
    provisioner: "rook-ceph.cephfs.csi.ceph.com",
  });
  const made = renderingOf(all, "ceph").objects;
  expect(made["CephFilesystem/shared"]!.spec).toMatchObject({
    dataPools: [{ name: "replicated", failureDomain: "host", replicated: { size: 3 } }],
    metadataPool: { parameters: { min_size: "2" }, replicated: { size: 3 } },
    metadataServer: { activeCount: 1, activeStandby: true },
    preserveFilesystemOnDelete: true,
  });
  expect(Object.keys(made)).not.toContain("CephBlockPool/kubernetes");
});

describe("a class of snapshots", () => {
  const files = { fileSystems: { shared: {} }, classes: { ...classes, shared: { files: "shared" } } };
  const classesOf = (options: object, snapshots: boolean) => {
    const root = ceph(options);
    return storageClassObjects(
      rendered({ keystone: {} }, { ...root, kubernetes: { ...root.kubernetes, snapshots } }).model,
    ).filter(({ kind }) => kind === "VolumeSnapshotClass");
  };

  test("is there for disks and for folders, with the Secrets that Rook makes", () => {
    expect(classesOf(files, true)).toMatchObject([
      {
        metadata: { name: "ceph-block", annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } },
        deletionPolicy: "Delete",
        driver: "rook-ceph.rbd.csi.ceph.com",
        parameters: {
          clusterID: "rook-ceph",
          "csi.storage.k8s.io/snapshotter-secret-name": "rook-csi-rbd-provisioner",
          "csi.storage.k8s.io/snapshotter-secret-namespace": "rook-ceph",
        },
      },
      {
        metadata: { name: "ceph-files" },
        driver: "rook-ceph.cephfs.csi.ceph.com",
        parameters: { "csi.storage.k8s.io/snapshotter-secret-name": "rook-csi-cephfs-provisioner" },
      },
    ]);
  });

  test("is there for what has classes of volumes alone, and nowhere without the word", () => {
    expect(classesOf({ classes }, true).map(({ metadata }) => metadata.name)).toEqual(["ceph-block"]);
    expect(classesOf({}, true)).toEqual([]);
    expect(classesOf(files, false)).toEqual([]);
  });

  test("has a program that takes snapshots beside each driver, which runs nowhere else", () => {
    const site = { production: true, dns: "cluster.local", registry: undefined, trust: undefined };
    const policies = (snapshots: boolean) => {
      const { source } = cephCsi;
      if (source.type === "git") throw new Error("it comes by a chart");
      const values = source.charts[0]!.values!({ ...site, pullSecrets: [], existing: [], snapshots }, "v1.0.4");
      const { cephfs, rbd } = (values as { drivers: Record<string, { snapshotPolicy: string }> }).drivers;
      return [cephfs!.snapshotPolicy, rbd!.snapshotPolicy];
    };
    expect(policies(true)).toEqual(["volumeSnapshot", "volumeSnapshot"]);
    expect(policies(false)).toEqual(["none", "none"]);
  });
});

test("metrics and alerts are there where somebody asked, with the labels that a Prometheus looks for", () => {
  const asked = renderingOf(
    rendered({ keystone: {} }, ceph({ monitoring: { labels: { release: "p" } } })),
    "ceph",
  ).objects;
  expect(asked["ServiceMonitor/ceph-mgr"]).toMatchObject({
    metadata: { labels: { release: "p" } },
    spec: { selector: { matchLabels: { app: "rook-ceph-mgr", rook_cluster: "rook-ceph" } } },
  });
  const { groups } = asked["PrometheusRule/ceph-alerts"]!.spec as { groups: { rules: { alert: string }[] }[] };
  expect(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))).toContain("CephMonitorsAtRisk");
  expect(Object.keys(objects).filter((name) => /Monitor|Rule/.test(name))).toEqual([]);
});

describe("an image in a pool with chunks", () => {
  const places = { keystone: {}, glance: { stores: { ceph: { type: "rbd" } } } };
  const { objects } = renderingOf(
    rendered(places, ceph({ pools: { images: { erasureCoded: { data: 2, coding: 2 } } } })),
    "ceph",
  );

  test("has its data there, since the monitors tell its client so, who may use both pools", () => {
    expect(objects["CephCluster/ceph"]!.spec).toMatchObject({
      cephConfig: { "client.glance": { rbd_default_data_pool: "images-data" } },
    });
    expect(objects["CephClient/glance"]!.spec).toMatchObject({
      caps: { osd: "profile rbd pool=images, profile rbd pool=images-data" },
    });
  });
});

/** Makes a class, and has a database, whose volume may be of that class. */
const maker: Component = component({
  name: "maker",
  summary: "Makes a class.",
  group: "infrastructure",
  options: z.strictObject({}),
  roles: { maker: { replicas: 1, scaling: "free" } },
  images: { maker: () => "registry.example.org/maker:1" },
  needs: () => [{ kind: "database", name: "maker", group: "database" }],
  storageClasses: () => ({ slow: { provisioner: "example.org/slow" } }),
  manifests: () => [],
});
const withMaker: Catalogue = new Map([...builtIn.values(), maker].map((item) => [item.name, item]));

test("nobody's volume may be of a class that comes after it: both would wait for ever", () => {
  const root = (mariadb: object) => ({ infrastructure: { mariadb: { backup: "none", ...mariadb }, maker: {} } });
  expect(mistakes({ keystone: {} }, root({}), withMaker)).toEqual([]);
  const [[code, text] = []] = mistakes({ keystone: {} }, root({ storageClass: "slow" }), withMaker);
  expect(code).toBe("dependency-cycle");
  expect(text).toContain("these instances wait for each other: mariadb -> maker -> mariadb");
});
