import { component, type DataConstraint } from "../../contract/component.ts";
import { lentToClients } from "../../kit/found.ts";
import { cephPorts } from "../../kit/storage.ts";
import { cephCsi } from "../../operators/ceph-csi.ts";
import { rook } from "../../operators/rook.ts";
import { checkCeph } from "./check.ts";
import { claimData } from "./claims.ts";
import { classData, snapshotClasses, storageClasses } from "./classes.ts";
import { cluster } from "./cluster.ts";
import { fileData, fileSystems } from "./file-systems.ts";
import { monitoring } from "./monitoring.ts";
import { type CephContext, options } from "./options.ts";
import { poolData, pools, users } from "./pools.ts";

/** Storage on the disks of the nodes. Each client has a user who can do nothing but use the pools that it names. */
export default component({
  name: "ceph",
  summary: "Storage: Ceph on the disks of the nodes, run by Rook; pools and users come with those that use them.",
  group: "infrastructure",
  single: true,
  privilege: "privileged",
  namespace: rook.namespace,
  provides: "storage",
  provided: ({ instance, namespace, internalTls }) => {
    // Where monitors are is known in the cluster alone. No client is told this name; it stands for all of them.
    const host = `${instance}.${namespace}`;
    const details = { mode: internalTls === "none" ? "any" : "secure" };
    return { host, port: 3300, ports: cephPorts, tls: false, members: [host], details };
  },
  options,
  check: checkCeph,
  roles: {
    mon: { replicas: 3, scaling: "odd", hostNetwork: true },
    // One works; in production another one waits for its end.
    mgr: { replicas: 1, scaling: "one", hostNetwork: true },
    // Where there are file systems: of each, in production another one follows it.
    mds: { replicas: 1, scaling: "one", hostNetwork: true },
    osd: { scaling: "node", hostNetwork: true, privileged: true },
  },
  development: { roles: { mon: { replicas: 1 } } },
  operators: [rook.name],
  parts: ({ objectStore, failureDomain, deviceClass }) =>
    objectStore === undefined
      ? []
      : [{ component: "object-store", options: { failureDomain, deviceClass, ...objectStore } }],
  furtherOperators: ({ classes }) => (Object.keys(classes).length === 0 ? [] : [cephCsi.name]),
  storageClasses,
  snapshotClasses,
  images: { ceph: () => "quay.io/ceph/ceph:v20.2.4" },
  data: (ctx): DataConstraint[] => [
    ...poolData(ctx),
    ...fileData(ctx),
    ...classData(ctx),
    ...hosts(ctx),
    ...claimData(ctx),
    monitors(ctx),
    networks(ctx),
  ],
  manifests: (ctx) => [
    cluster(ctx),
    ...pools(ctx),
    ...fileSystems(ctx),
    ...users(ctx),
    ...lentToClients(ctx),
    ...monitoring(ctx),
  ],
});

const hosts = (ctx: CephContext): DataConstraint[] =>
  Object.keys(ctx.options.hosts).map((name) => ({
    key: `host ${name}`,
    value: "has disks",
    shown: "a host with disks",
    rule: "keep",
    what: `the host ${name}`,
    consequence: "Take its disks out first, and wait until their data lies elsewhere: docs/storage.md says how.",
  }));

const monitors = (ctx: CephContext): DataConstraint => {
  const shown = (ctx.scaling("mon").replicas ?? 1) > 1 ? "a majority" : "one monitor";
  return {
    key: "monitors",
    value: shown,
    shown,
    rule: "keep",
    what: "what decides among the monitors",
    consequence: "One monitor alone has the map of all data: without its disk nothing can be read any more.",
  };
};

const networks = ({ options: { networks } }: CephContext): DataConstraint => {
  const shown = [...(networks?.public ?? []), ...(networks?.cluster ?? [])].join(", ") || "that of the nodes";
  return {
    key: "networks",
    value: JSON.stringify([networks?.public ?? [], networks?.cluster ?? []]),
    shown,
    rule: "fixed",
    what: "the network of the daemons",
    consequence:
      "Monitors are known by their addresses, and Rook does not move them: https://rook.io/docs/rook/latest/CRDs/Cluster/network-providers/",
  };
};
