import { chmodSync, mkdirSync } from "node:fs";
import type { Host } from "./hosts.ts";
import { volumesFolder } from "./volumes-disk.ts";

/** Classes of volumes that lie on a host's disk, and volumes of each class on each host; a claim takes one of them. The hosts are on. */
export function storageObjects(
  classes: readonly string[],
  hosts: readonly Host[],
  { perHost, size }: { readonly perHost: number; readonly size: string },
): object[] {
  return classes.flatMap((name) => [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name },
      provisioner: "kubernetes.io/no-provisioner",
      reclaimPolicy: "Retain",
      volumeBindingMode: "WaitForFirstConsumer",
    },
    ...hosts.flatMap((host) =>
      Array.from({ length: perHost }, (_, index) => {
        const volume = `${name}-${host.name}-${index + 1}`;
        host.run("mkdir", "--mode=777", `${volumesFolder}/${volume}`);
        return persistentVolume(volume, name, host.name, size);
      }),
    ),
  ]);
}

const persistentVolume = (name: string, storageClassName: string, host: string, size: string): object => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name },
  spec: {
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: size },
    local: { path: `${volumesFolder}/${name}` },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [host] }] }],
      },
    },
    persistentVolumeReclaimPolicy: "Retain",
    storageClassName,
  },
});

/** A class with one volume that pods of all hosts write: a folder that the hosts share. */
export function sharedVolume(name: string, folder: string, size: string): object[] {
  mkdirSync(folder, { recursive: true });
  // Past the umask: pods have users of their own.
  chmodSync(folder, 0o777);
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name },
      provisioner: "kubernetes.io/no-provisioner",
      reclaimPolicy: "Retain",
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name },
      spec: {
        accessModes: ["ReadWriteMany"],
        capacity: { storage: size },
        hostPath: { path: folder },
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: name,
      },
    },
  ];
}
