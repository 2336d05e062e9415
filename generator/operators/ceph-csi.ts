import { leavingLostNodes } from "../kit/pod.ts";
import type { Operator, Site } from "./operator.ts";
import { csiImages, csiOperatorImage, rook } from "./rook.ts";

/** Who makes volumes that are disks in a pool. A driver bears the name of Rook's namespace. */
export const blockDriver = `${rook.namespace}.rbd.csi.ceph.com`;
/** Who makes volumes that are folders of a file system. */
export const fileDriver = `${rook.namespace}.cephfs.csi.ceph.com`;

/**
 * Ceph-CSI: makes volumes of Kubernetes on Ceph and mounts them. Its chart has the version of the operator that Rook's chart brings
 * along: https://rook.io/docs/rook/v1.20/Helm-Charts/csi-drivers-chart/
 */
export const cephCsi: Operator = {
  name: "ceph-csi",
  title: "Ceph-CSI",
  namespace: rook.namespace,
  requires: [rook.name],
  source: {
    type: "helm",
    repository: "https://ceph.github.io/ceph-csi-operator",
    charts: [
      {
        name: "ceph-csi-drivers",
        version: "v1.0.4",
        values: (site) => ({
          drivers: {
            cephfs: { enabled: true, name: fileDriver, ...everywhere(site) },
            nfs: { enabled: false },
            nvmeof: { enabled: false },
            rbd: { enabled: true, name: blockDriver, ...everywhere(site) },
          },
          ...(site.pullSecrets.length === 0 ? {} : { imagePullSecrets: site.pullSecrets.map((name) => ({ name })) }),
          operatorConfig: {
            driverSpecDefaults: {
              controllerPlugin: { priorityClassName: "system-cluster-critical" },
              // Rook's chart writes it: the images of the drivers, on the mirror where there is one.
              imageSet: { name: "rook-csi-operator-image-set-configmap" },
              nodePlugin: { priorityClassName: "system-node-critical" },
            },
            namespace: rook.namespace,
          },
        }),
      },
    ],
  },
  deployments: [`${blockDriver}-ctrlplugin`, `${fileDriver}-ctrlplugin`],
  images: [csiOperatorImage, ...csiImages],
  resources: {},
};

/**
 * The values of a driver win over those of all drivers. Pods with volumes run on nodes with taints, too. What takes snapshots does not
 * run where nobody has their definitions: the chart would start it beside one of the two drivers
 * (https://github.com/ceph/ceph-csi-operator/blob/v1.0.4/deploy/charts/ceph-csi-drivers/values.yaml).
 */
const everywhere = ({ production, snapshots }: Site): object => ({
  controllerPlugin: { replicas: production ? 2 : 1, tolerations: leavingLostNodes },
  nodePlugin: { tolerations: [{ operator: "Exists" }] },
  snapshotPolicy: snapshots ? "volumeSnapshot" : "none",
});
