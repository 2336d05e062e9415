import { z } from "zod";
import { bucket as bucketName, httpUrl, secretName } from "../contract/formats.ts";

/** An S3 bucket and the Secret with its credentials. */
export const s3Schema = z.strictObject({
  endpoint: httpUrl.describe("URL of the object store."),
  bucket: bucketName.describe("Bucket."),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._/-]*$/, "a path")
    .default("")
    .describe("Folder in the bucket."),
  region: z.string().default("us-east-1").describe("Region of the object store."),
  secret: secretName.describe("Secret with keys access-key and secret-key."),
});

/** The same as mariadb-operator writes it: host without scheme, TLS as a switch that is off by default. */
export function s3Storage({ endpoint, bucket, prefix, region, secret }: z.output<typeof s3Schema>): object {
  const url = new URL(endpoint);
  return {
    accessKeyIdSecretKeyRef: { key: "access-key", name: secret },
    bucket,
    endpoint: url.host,
    ...(prefix === "" ? {} : { prefix }),
    region,
    secretAccessKeySecretKeyRef: { key: "secret-key", name: secret },
    tls: { enabled: url.protocol === "https:" },
  };
}
