import { z } from "zod";
import { labelValue } from "../../../contract/formats.ts";
import type { BackendType } from "./backend-type.ts";

const schema = z.strictObject({
  type: z
    .literal("lvm")
    .describe("Volumes of a volume group on one node, by iSCSI. Whoever loses the node loses them until it is back."),
  node: labelValue.min(1).describe("Node with the volume group: the value of its label kubernetes.io/hostname."),
  volumeGroup: z
    .string()
    .regex(/^[A-Za-z0-9_+.][A-Za-z0-9_+.-]*$/, "the name of a volume group")
    .default("cinder-volumes")
    .describe("Volume group, which is there already."),
});
type Lvm = z.output<typeof schema>;

export const lvm = {
  schema,
  options: (_, { volumeGroup }) => ({
    volume_driver: "cinder.volume.drivers.lvm.LVMVolumeDriver",
    volume_group: volumeGroup,
    // The kernel's target: no program of its own has to go on while the pod is replaced.
    target_helper: "lioadm",
    target_protocol: "iscsi",
  }),
  pod: (_, { node }) => ({
    // The address of the node, on whose network it is: compute hosts connect to it.
    environment: [
      { name: "OS_DEFAULT__MY_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.hostIP" } } },
    ],
    nodeSelector: { "kubernetes.io/hostname": node },
  }),
  place: ({ node, volumeGroup }) => `volume group ${volumeGroup} of node ${node}`,
} satisfies BackendType<Lvm>;
