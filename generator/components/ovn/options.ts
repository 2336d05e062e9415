import { z } from "zod";
import type { Context } from "../../contract/context.ts";
import { integer, size, storageClass } from "../../contract/formats.ts";
import { objectName } from "../../kit/names.ts";

export const options = z.strictObject({
  storage: size
    .optional()
    .describe(
      "Volume of each member, for both databases. It grows by hand, after your consent, and never shrinks. Default: 8Gi, in development 2Gi.",
    ),
  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's. It cannot be changed later."),
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
  threads: integer(1, 64).default(1).describe("Threads with which northd makes the Southbound database."),
});
export type OvnContext = Context<z.output<typeof options>>;

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
