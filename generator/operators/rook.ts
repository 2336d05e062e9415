import { mirrored } from "../base/image.ts";
import type { Operator } from "./operator.ts";

/** The first one that handles the keys with which CVE-2025-30156 is mended: https://github.com/rook/rook/issues/18203 */
const version = "v1.20.6";
const repository = "docker.io/rook/ceph";

/**
 * Runs Ceph clusters. It has its rights in its own namespace alone, and makes privileged pods there: nothing else lives in it.
 * Drivers for volumes of Kubernetes are not installed: they are charts of their own, and nothing here asks for them. Its chart has one
 * pod, which leaves a lost host after 5 s.
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
        values: ({ registry, pullSecrets }) => ({
          crds: { enabled: true },
          csi: { installCsiOperator: false },
          ...(registry === undefined ? {} : { image: { repository: mirrored(repository, registry) } }),
          ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
        }),
      },
    ],
  },
  deployments: ["rook-ceph-operator"],
  images: [`${repository}:${version}`],
  resources: {
    "ceph.rook.io/CephCluster": {
      images: ["spec/cephVersion/image"],
      health: (name) => ({ apiVersion: "ceph.rook.io/v1", kind: "CephCluster", name }),
      // It has the condition when monitors have a quorum and all daemons were started, and none before that.
      current: "has(status.conditions) && status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
    },
  },
};
