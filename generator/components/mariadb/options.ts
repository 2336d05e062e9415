import { z } from "zod";
import type { Context } from "../../contract/context.ts";
import { cron, hours, size, storageClass } from "../../contract/formats.ts";
import { canonicalQuantity } from "../../kit/quantity.ts";
import { s3Schema } from "../../kit/s3.ts";

export const options = z.strictObject({
  storage: size
    .optional()
    .describe("Volume of each member. It can grow, never shrink. Default: 100Gi, in development 10Gi."),
  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's. It cannot be changed later."),
  backup: z
    .union([
      z.literal("none").describe("Explicitly no backups."),
      z.strictObject({
        schedule: cron.default("0 1 * * *").describe("When backups are made, as five cron fields."),
        retention: hours.default("720h").describe("How long backups are kept."),
        target: z
          .union([
            z.strictObject({ s3: s3Schema.describe("Bucket of an object store.") }),
            z.strictObject({
              volume: z
                .strictObject({
                  size: size.describe("Size of the volume."),
                  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's."),
                })
                .describe("Volume that all backups lie on."),
            }),
          ])
          .describe("Where backups go: s3 (below <prefix>/<cluster>/<instance>), or a volume."),
      }),
    ])
    .optional()
    .describe("Scheduled physical backups. In production a target must be named, or none."),
  options: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_-]*$/, "the name of an option of the server: max_connections"),
      z.union([z.string().regex(/^[^\r\n]*$/, "one line"), z.number(), z.boolean()]),
    )
    .default({})
    .describe("Options of the server, on top of what is generated: { slow_query_log: true }."),
  proxy: z
    .enum(["used", "standby", "none"])
    .default("used")
    .describe(
      "Proxies before three members or more, which find another writer within seconds: used; standby: they run, and clients connect to the writer that mariadb-operator names; none.",
    ),
  restore: z
    .strictObject({
      s3: s3Schema.describe("Where the backups lie; prefix is their folder: eu1/mariadb."),
      time: z.iso.datetime().optional().describe("Newest backup before this time; default: the newest."),
    })
    .optional()
    .describe("The new instance starts from a physical backup. Its root password Secret must be the old one's."),
});
export type MariaDBContext = Context<z.output<typeof options>>;

/** Role of the members, and of the proxies before them. */
export const serverRole = "server";
export const proxyRole = "proxy";
export const port = 3306;

/** Labels of the members' pods, as the operator sets them. */
export const podSelector = (ctx: MariaDBContext): Record<string, string> => ({
  "app.kubernetes.io/instance": ctx.instance,
  "app.kubernetes.io/name": "mariadb",
});

/** User and group of the image. */
export const podSecurityContext = {
  fsGroup: 999,
  runAsGroup: 999,
  runAsNonRoot: true,
  runAsUser: 999,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

export const storageOf = (ctx: MariaDBContext): string =>
  canonicalQuantity(ctx.options.storage ?? (ctx.profile === "production" ? "100Gi" : "10Gi"));
export const storageClassOf = (ctx: Context, own: string | undefined): object =>
  (own ?? ctx.storageClass) === undefined ? {} : { storageClassName: own ?? ctx.storageClass };

/** Longer than the clients keep a connection that they do not use (connection_recycle_time). */
const waitTimeout = 3600;
/** Seconds after which the server ends a session that says nothing. */
export const idleTime = ({ options: { options: written } }: Pick<MariaDBContext, "options">): number =>
  Number(written.wait_timeout ?? written["wait-timeout"] ?? waitTimeout);
