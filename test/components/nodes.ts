import type { Family } from "../laws/samples.ts";

export default {
  openvswitch: {
    example: {
      "openvswitch-compute": { resources: { switch: { requests: { cpu: "1" } } } },
      "openvswitch-edge": { existing: true },
    },
  },
  chassis: {
    example: {
      "chassis-compute": {
        datapath: "netdev",
        monitorAll: true,
        probeInterval: 120,
        tunnelNetwork: "198.51.100.0/24",
        waitBeforeClear: 30_000,
        maxUnavailable: "10%",
      },
    },
  },
} satisfies Family;
