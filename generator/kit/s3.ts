import { z } from "zod";
import { bucket as bucketName, httpUrl, secretName } from "../contract/formats.ts";
import type { RequiredSecret } from "../contract/secret.ts";
import { trustSecret } from "./tls.ts";

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
  ownCa: z
    .boolean()
    .default(false)
    .describe("An authority of your own signed its certificate: the Secret has a key ca.crt too, with that authority."),
});
type Bucket = z.output<typeof s3Schema>;

/** True where the object store is a Service of this cluster. */
export const isInside = ({ endpoint }: Pick<Bucket, "endpoint">): boolean =>
  /\.svc(\.|$)/.test(new URL(endpoint).hostname);

/** The Secret with the credentials of a bucket. */
export const s3Secret = ({ secret, ownCa }: Bucket, purpose: string): RequiredSecret => ({
  name: secret,
  keys: { "access-key": "access-key", "secret-key": "secret-key", ...(ownCa ? { "ca.crt": "certificate" } : {}) },
  purpose,
});

/** Who signed the certificate of the store, where no public authority has: of a Service of this cluster its own. */
function authority({ endpoint, secret, ownCa }: Pick<Bucket, "endpoint" | "secret" | "ownCa">): object {
  if (ownCa) return { caSecretKeyRef: { key: "ca.crt", name: secret } };
  const isOurs = isInside({ endpoint }) && new URL(endpoint).protocol === "https:";
  return isOurs ? { caSecretKeyRef: { key: "ca.crt", name: trustSecret } } : {};
}

/** The same as mariadb-operator writes it: host without scheme, TLS as a switch that is off by default. */
export function s3Storage({ endpoint, bucket, prefix, region, secret, ownCa }: Bucket): object {
  const url = new URL(endpoint);
  return {
    accessKeyIdSecretKeyRef: { key: "access-key", name: secret },
    bucket,
    endpoint: url.host,
    ...(prefix === "" ? {} : { prefix }),
    region,
    secretAccessKeySecretKeyRef: { key: "secret-key", name: secret },
    // The operator adds this authority to those that its image trusts; ConfigMaps it does not read:
    // https://github.com/mariadb-operator/mariadb-operator/blob/v25.10.4/api/v1alpha1/base_types.go
    tls: {
      enabled: url.protocol === "https:",
      ...authority({ endpoint, secret, ownCa }),
    },
  };
}
