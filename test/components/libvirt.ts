import type { Family } from "../laws/samples.ts";

export default {
  libvirt: {
    example: { "libvirt-cell1-compute": { resources: { libvirtd: { limits: { memory: "1Gi" } } } } },
  },
} satisfies Family;
