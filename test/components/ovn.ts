import fc from "fast-check";
import type { Family } from "../laws/samples.ts";
import { inner } from "../laws/sometimes.ts";

const one = fc.constantFrom;

const backups = fc.oneof(
  fc.constant("none"),
  inner({
    schedule: one("15 * * * *", "0 */6 * * 1-5"),
    retention: one("24h", "2160h"),
    target: one(...[{}, { size: "2Gi" }, { storageClass: "archive" }, { size: "1024Gi", storageClass: "archive" }]).map(
      (volume: object) => ({ volume }),
    ),
  }),
);

export default {
  ovn: {
    settings: { backup: backups },
    example: {
      ovn: {
        replicas: { database: 5, northd: 3, relay: 4 },
        relays: true,
        storage: "20Gi",
        storageClass: "nvme",
        backup: {
          schedule: "5 */2 * * *",
          retention: "336h",
          target: { volume: { size: "16Gi", storageClass: "archive" } },
        },
        electionTimer: 10_000,
        probeInterval: 120,
        northdProbeInterval: 20,
        threads: 4,
      },
    },
  },
} satisfies Family;
