import { z } from "zod";
import { serverOf } from "../../../contract/destination.ts";
import { bucket, httpUrl, secretName } from "../../../contract/formats.ts";
import { fromSecret } from "../../../kit/pod.ts";
import type { StoreType } from "./store-type.ts";

const schema = z.strictObject({
  type: z.literal("s3").describe("Images as objects in an S3 bucket."),
  endpoint: httpUrl.describe("URL of the object store."),
  bucket: bucket.default("glance").describe("Bucket."),
  region: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, "the name of a region")
    .optional()
    .describe("Region of the object store, where the store checks for which one a request is signed."),
  secret: secretName.describe("Secret in Glance's namespace with keys access-key and secret-key."),
});

export const s3 = {
  schema,
  options: (_, store) => ({
    s3_store_bucket: store.bucket,
    s3_store_bucket_url_format: "path",
    s3_store_create_bucket_on_put: false,
    s3_store_host: store.endpoint,
    ...(store.region === undefined ? {} : { s3_store_region_name: store.region }),
  }),
  mounts: (_, name, store) => ({
    environment: ["access-key", "secret-key"].map((key) =>
      fromSecret(`OS_${name.toUpperCase()}__S3_STORE_${key.toUpperCase().replace("-", "_")}`, store.secret, key),
    ),
  }),
  secrets: (name, store) => [
    {
      name: store.secret,
      keys: { "access-key": "access-key", "secret-key": "secret-key" },
      purpose: `S3 credentials of store ${name}`,
    },
  ],
  servers: (store) => [serverOf(store.endpoint)],
  place: (store) => `bucket ${store.bucket} at ${store.endpoint}`,
} satisfies StoreType<z.output<typeof schema>>;
