import { z } from "zod";
import { serverOf } from "../../../contract/destination.ts";
import { bucket, httpUrl, secretName } from "../../../contract/formats.ts";
import { cephClient, cephServers } from "../../../kit/ceph.ts";

const s3 = z.strictObject({
  type: z.literal("s3").describe("Backups as objects in an S3 bucket."),
  endpoint: httpUrl.describe("URL of the object store."),
  bucket: bucket.default("volumebackups").describe("Bucket."),
  secret: secretName.describe("Secret in Cinder's namespace with keys access-key and secret-key."),
});

const rbd = z.strictObject({
  type: z
    .literal("rbd")
    .describe("Backups as RBD images of a Ceph cluster, best of another one than the volumes are in."),
  ...cephClient({ pool: "backups", user: "cinder-backup", whose: "Cinder's" }),
});

/** Where backups of volumes go. */
export const backupSchema = z
  .discriminatedUnion("type", [s3, rbd])
  .optional()
  .describe("Where backups of volumes go: s3 or rbd. Without it users cannot make any.");

export type BackupOptions = NonNullable<z.output<typeof backupSchema>>;

/** Where the backups lie, as a person writes it. */
export const placeOf = (backup: BackupOptions): string =>
  backup.type === "s3" ? `bucket ${backup.bucket} at ${backup.endpoint}` : `rbd pool ${backup.pool}`;

/** Servers that hold the backups. */
export const backupServers = (backup: BackupOptions) =>
  backup.type === "s3" ? [serverOf(backup.endpoint)] : cephServers;
