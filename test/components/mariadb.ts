import fc from "fast-check";
import type { Family } from "../laws/samples.ts";
import { s3 } from "../laws/settings.ts";
import { dials } from "../laws/sometimes.ts";

const one = fc.constantFrom;

const backups = fc.oneof(
  fc.constant("none"),
  fc
    .tuple(
      dials({ schedule: one("15 2 * * *", "0 */6 * * 1-5"), retention: one("24h", "2160h") }),
      fc.oneof(
        fc
          .tuple(fc.record(s3), dials({ prefix: one("clouds", "a/b/"), region: one("eu-1"), ownCa: fc.boolean() }))
          .map(([target, more]) => ({ s3: { ...target, ...more } })),
        fc
          .tuple(one("100Gi", "1024Gi"), dials({ storageClass: one("archive") }))
          .map(([size, more]) => ({ volume: { size, ...more } })),
      ),
    )
    .map(([more, target]) => ({ ...more, target })),
);
const restores = fc
  .tuple(fc.record(s3), dials({ time: one("2026-11-01T00:00:00Z"), region: one("eu-1"), ownCa: fc.boolean() }))
  .map(([source, { time, ...region }]) => ({
    s3: { ...source, ...region, prefix: "old/mariadb" },
    ...(time === undefined ? {} : { time }),
  }));

export default {
  mariadb: {
    settings: {
      restore: restores,
      options: dials({ max_connections: one(8192), "slow-query-log": fc.boolean(), sql_mode: one("", "ANSI") }),
    },
    // Backups are decided on in production, also for a database that services bring along.
    always: fc.record({ backup: backups }),
    alone: { backup: "none" },
    example: {
      mariadb: {
        replicas: { server: 5, proxy: 2 },
        storage: "500Gi",
        options: { max_connections: 8192, "slow-query-log": true },
        storageClass: "nvme",
        resources: {
          server: { requests: { cpu: "4", memory: "32Gi" }, limits: { memory: "32Gi" } },
          proxy: { limits: { memory: "2Gi" } },
        },
        scheduling: {
          nodeSelector: { "example.org/role": "database" },
          tolerations: [
            { key: "example.org/dedicated", operator: "Equal", value: "database", effect: "NoSchedule" },
            { key: "example.org/slow", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 },
          ],
          priorityClassName: "infrastructure",
          topologyKeys: ["kubernetes.io/hostname", "example.org/rack"],
        },
        backup: {
          schedule: "15 2 * * *",
          retention: "336h",
          target: { volume: { size: "200Gi", storageClass: "archive" } },
        },
      },
      "mariadb-restored": {
        backup: "none",
        proxy: "standby",
        restore: {
          time: "2026-11-01T00:00:00Z",
          s3: {
            endpoint: "https://s3.example.org:9000",
            ownCa: true,
            bucket: "backups",
            prefix: "rz1/mariadb",
            region: "eu-central-1",
            secret: "old-backups",
          },
        },
      },
    },
  },
} satisfies Family;
