import { z } from "zod";
import type { BackendType } from "./backend-type.ts";

const schema = z.strictObject({
  type: z
    .literal("nfs")
    .describe("Volumes as files of an NFS server; compute hosts mount it too. One replica serves it."),
  server: z
    .string()
    .regex(/^[A-Za-z0-9.:[\]-]+$/, "the name or address of a host; one of IPv6 in brackets")
    .describe("Host that exports it."),
  path: z
    .string()
    .regex(/^\/[A-Za-z0-9_./-]*$/, "an absolute path of letters, digits and _ . / -")
    .describe("Path that it exports."),
  mountOptions: z
    .string()
    .regex(/^[A-Za-z0-9_=.,:-]+$/, "options as mount takes them: vers=4.2,hard")
    .optional()
    .describe("Options of the mount."),
});
type Nfs = z.output<typeof schema>;

export const nfs = {
  schema,
  options: (_, { server, path, mountOptions }) => ({
    volume_driver: "cinder.volume.drivers.nfs.NfsDriver",
    nas_host: server,
    nas_share_path: path,
    ...(mountOptions === undefined ? {} : { nas_mount_options: mountOptions }),
  }),
  servers: ({ server }) => [{ host: server.replace(/^\[|\]$/g, ""), ports: [111, 2049] }],
  place: ({ server, path }) => `NFS ${server}:${path}`,
} satisfies BackendType<Nfs>;
