import type { Family } from "../laws/samples.ts";

export default {
  ovn: {
    example: {
      ovn: {
        replicas: { database: 5, northd: 3 },
        storage: "20Gi",
        storageClass: "nvme",
        electionTimer: 10_000,
        probeInterval: 120,
        northdProbeInterval: 20,
        threads: 4,
      },
    },
  },
} satisfies Family;
