import { z } from "zod";
import type { Context } from "../../contract/context.ts";
import { cron, hours, integer, size, storageClass } from "../../contract/formats.ts";
import { objectName } from "../../kit/names.ts";

const backups = z.strictObject({
  schedule: cron.default("17 * * * *").describe("When a copy is made, as five cron fields."),
  retention: hours.default("168h").describe("How long copies are kept. They stay while there is no newer one."),
  target: z
    .strictObject({
      volume: z
        .strictObject({
          size: size.default("8Gi").describe("Size of the volume."),
          storageClass: storageClass.optional().describe("StorageClass; default: the cluster's."),
        })
        .prefault({})
        .describe("Volume that all copies lie on."),
    })
    .prefault({})
    .describe("Where copies go: a volume."),
});

export const options = z.strictObject({
  storage: size
    .optional()
    .describe(
      "Volume of each member, for both databases. It grows by hand, after your consent, and never shrinks. Default: 8Gi, in development 2Gi.",
    ),
  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's. It cannot be changed later."),
  backup: z
    .union([z.literal("none").describe("Explicitly no copies."), backups])
    .optional()
    .describe("Copies of the Northbound database. Default in production: one each hour, on a volume."),
  electionTimer: integer(1000, 60_000)
    .default(4000)
    .describe(
      "Milliseconds without a word of the leader after which members choose another. A member that writes a large database is silent for as long as that takes.",
    ),
  probeInterval: integer(5, 600)
    .default(60)
    .describe(
      "Seconds after which a member asks a silent client whether it is there. As long it waits for the answer.",
    ),
  northdProbeInterval: integer(1, 600)
    .default(10)
    .describe(
      "Seconds after which northd asks a silent member whether it is there, and as many more until it takes another.",
    ),
  relays: z
    .boolean()
    .default(false)
    .describe(
      "The nodes ask relays of the Southbound database instead of its members, which then have few clients: for more than 250 nodes.",
    ),
  threads: integer(1, 64).default(1).describe("Threads with which northd makes the Southbound database."),
});
type Options = z.output<typeof options>;
export type OvnContext = Context<Options>;

/** What copies are made, where they are wanted. */
export const backupsOf = ({ backup }: Options): z.output<typeof backups> | undefined =>
  backup === "none" ? undefined : (backup ?? backups.parse({}));

/** The two databases of a member: name of the container and of the files, schema, TCP ports of clients and of the other members. */
export const databases = [
  { name: "northbound", schema: "OVN_Northbound", file: "ovn-nb.ovsschema", port: 6641, peers: 6643 },
  { name: "southbound", schema: "OVN_Southbound", file: "ovn-sb.ovsschema", port: 6642, peers: 6644 },
] as const;
export type Database = (typeof databases)[number];

/** Where containers have the certificate that they show, and the authority. */
const certificates = "/etc/ssl/ovn";

/** Secret with the certificate of a role. */
export const certificateOf = ({ instance }: Pick<OvnContext, "instance">, role: string): string =>
  `${instance}-${role}-tls`;

/** Volume and mount of that Secret. */
export const shown = (ctx: OvnContext, role: string) => ({
  volume: { name: "tls", secret: { secretName: certificateOf(ctx, role), defaultMode: 0o440 } },
  mount: { name: "tls", mountPath: certificates, readOnly: true },
});

/** Service that gives each member a name. */
export const membersService = (ctx: OvnContext): string => objectName(ctx, "members");
