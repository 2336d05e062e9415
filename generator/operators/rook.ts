import { mirrored } from "../base/image.ts";
import { leavingLostNodes } from "../kit/pod.ts";
import type { Operator, Site } from "./operator.ts";

/** The first one that handles the keys with which CVE-2025-30156 is mended: https://github.com/rook/rook/issues/18203 */
const version = "v1.20.6";
const repository = "docker.io/rook/ceph";

/** As this version of Rook's chart names them: https://github.com/rook/rook/blob/v1.20.6/deploy/charts/rook-ceph/values.yaml */
const csiOperator = "quay.io/cephcsi/ceph-csi-operator";
export const csiOperatorImage = `${csiOperator}:v1.0.4`;
const driverImages: Readonly<Record<string, readonly [repository: string, tag: string]>> = {
  cephcsi: ["quay.io/cephcsi/cephcsi", "v3.17.0"],
  registrar: ["registry.k8s.io/sig-storage/csi-node-driver-registrar", "v2.17.0"],
  provisioner: ["registry.k8s.io/sig-storage/csi-provisioner", "v6.2.0"],
  resizer: ["registry.k8s.io/sig-storage/csi-resizer", "v2.1.0"],
  snapshotter: ["registry.k8s.io/sig-storage/csi-snapshotter", "v8.5.0"],
  attacher: ["registry.k8s.io/sig-storage/csi-attacher", "v4.12.0"],
};
/** What the drivers run; Rook's chart tells the operator of the drivers. */
export const csiImages: readonly string[] = Object.values(driverImages).map(([name, tag]) => `${name}:${tag}`);

/**
 * Runs Ceph clusters. It has its rights in its own namespace alone, and makes privileged pods there: nothing else lives in it. Its
 * chart has one pod of Rook, which leaves a lost host after 5 s.
 *
 * The operator of Ceph-CSI comes with it, also where nothing asks for a volume: Rook tells it where the monitors are, and starts no
 * monitor while its definitions are missing: https://github.com/rook/rook/issues/16721
 */
export const rook: Operator = {
  name: "rook",
  title: "Rook",
  namespace: "rook-ceph",
  source: {
    type: "helm",
    repository: "https://charts.rook.io/release",
    charts: [
      {
        name: "rook-ceph",
        version,
        crds: true,
        values: (site) => ({
          "ceph-csi-operator": csiOperatorValues(site),
          crds: { enabled: true },
          ...mirroredValues(site),
          ...(site.pullSecrets.length === 0 ? {} : { imagePullSecrets: site.pullSecrets.map((name) => ({ name })) }),
        }),
      },
    ],
  },
  deployments: ["rook-ceph-operator"],
  images: [`${repository}:${version}`, csiOperatorImage],
  resources: {
    "ceph.rook.io/CephCluster": {
      images: ["spec/cephVersion/image"],
      health: (name) => ({ apiVersion: "ceph.rook.io/v1", kind: "CephCluster", name }),
      // It has the condition when monitors have a quorum and all daemons were started, and none before that.
      current: "has(status.conditions) && status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
    },
    "ceph.rook.io/CephObjectStore": {
      health: (name) => ({ apiVersion: "ceph.rook.io/v1", kind: "CephObjectStore", name }),
      // Its pools and gateways are made; what waits for it asks the gateways themselves.
      current: "has(status.phase) && status.phase == 'Ready'",
    },
  },
};

/** The chart of that operator is a part of Rook's. */
const csiOperatorValues = ({ production, dns, registry, pullSecrets }: Site): object => ({
  controllerManager: {
    ...(registry === undefined ? {} : { manager: { image: { repository: mirrored(csiOperator, registry) } } }),
    replicas: production ? 2 : 1,
    tolerations: leavingLostNodes,
  },
  ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
  kubernetesClusterDomain: dns,
});

const mirroredValues = ({ registry }: Site): object =>
  registry === undefined
    ? {}
    : {
        csi: Object.fromEntries(
          Object.entries(driverImages).map(([key, [name]]) => [key, { repository: mirrored(name, registry) }]),
        ),
        image: { repository: mirrored(repository, registry) },
      };
