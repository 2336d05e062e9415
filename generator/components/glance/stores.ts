import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { PersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { z } from "zod";
import { byKey } from "../../base/data.ts";
import type { CheckInput, DataConstraint } from "../../contract/component.ts";
import type { Ini } from "../../contract/configuration.ts";
import type { Context } from "../../contract/context.ts";
import { bucket, httpUrl, secretName, size, storageClass } from "../../contract/formats.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { error, type Issue, type IssueCode } from "../../issues/issue.ts";
import { formatIni } from "../../kit/ini.ts";
import { keepAnnotations, labels, objectName, placed } from "../../kit/names.ts";
import { fromSecret } from "../../kit/pod.ts";
import { canonicalQuantity } from "../../kit/quantity.ts";
import { volumeConstraints } from "../../kit/volume-constraints.ts";

const rbd = z.strictObject({
  type: z
    .literal("rbd")
    .describe("Images as RBD volumes of a Ceph cluster; Nova and Cinder clone them without a copy."),
  monitors: z
    .array(z.string().regex(/^[A-Za-z0-9.:[\]-]+$/, "host or host:port"))
    .min(1)
    .describe("Addresses of the Ceph monitors."),
  pool: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, "a pool name")
    .default("images")
    .describe("Pool."),
  user: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, "a user name without 'client.'")
    .default("glance")
    .describe("Ceph user, without `client.`."),
  secret: secretName.describe("Secret in Glance's namespace; its key `keyring` is the user's keyring file."),
});
const s3 = z.strictObject({
  type: z.literal("s3").describe("Images as objects in an S3 bucket."),
  endpoint: httpUrl.describe("URL of the object store."),
  bucket: bucket.default("glance").describe("Bucket."),
  secret: secretName.describe("Secret in Glance's namespace with keys access-key and secret-key."),
});
const file = z.strictObject({
  type: z.literal("file").describe("Images as files on one volume. Several replicas need a class with ReadWriteMany."),
  size: size.default("100Gi").describe("Size of the volume."),
  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's sharedStorageClass."),
});

/** Where images are kept: name -> store. The name becomes an oslo group, so it is limited to what the environment can carry. */
export const storeSchema = z
  .record(
    z
      .string()
      .max(30)
      .regex(/^(?!os_glance_)[a-z][a-z0-9_]*$/, "lower case letters, digits and '_', not beginning with os_glance_"),
    z.discriminatedUnion("type", [rbd, s3, file]),
  )
  .default({})
  .describe("Where images are kept: store name -> rbd, s3 or file. Development: one file store when none is named.");

type Store = z.output<typeof rbd> | z.output<typeof s3> | z.output<typeof file>;
interface Options {
  readonly stores: Readonly<Record<string, Store>>;
  readonly defaultStore?: string | undefined;
}
type GlanceContext = Context<Options>;

/** Combinations that would lose images or downloads. */
export function checkStores({
  instance,
  profile,
  options,
  replicas,
  sharedStorageClass,
}: CheckInput<Options>): Issue[] {
  const names = Object.keys(options.stores);
  const refusals: Issue[] = [];
  const refuse = (code: IssueCode, path: (string | number)[], message: string, hint: string) =>
    refusals.push(error(code, message, hint, { path }));
  if (names.length === 0 && profile === "production")
    refuse(
      "no-image-store",
      [],
      `${instance} has no store to keep images in`,
      "Name one: stores: { ceph: { type: rbd, monitors: […], secret: … } }, or type s3, or type file on a ReadWriteMany class.",
    );
  if (names.length > 1 && options.defaultStore === undefined)
    refuse(
      "no-default-store",
      [],
      `${instance} has several stores and no defaultStore`,
      `Say which one uploads go to: defaultStore: ${names.sort()[0]}.`,
    );
  if (options.defaultStore !== undefined && !(options.defaultStore in options.stores))
    refuse(
      "unknown-default-store",
      ["defaultStore"],
      `${instance}'s defaultStore "${options.defaultStore}" is not one of its stores`,
      names.length === 0
        ? "Remove it, or name the store below stores."
        : `It must be one of: ${names.sort().join(", ")}.`,
    );
  for (const name of names) {
    const store = options.stores[name]!;
    if (
      store.type === "file" &&
      replicas("api") > 1 &&
      store.storageClass === undefined &&
      sharedStorageClass === undefined
    )
      refuse(
        "file-store-not-shared",
        ["stores", name],
        `${instance}'s file store "${name}" needs one volume that ${replicas("api")} replicas can mount: with a volume of its own each pod would see its own images only`,
        "Name a class with ReadWriteMany: kubernetes.sharedStorageClass, or storageClass of the store; or set replicas to 1.",
      );
  }
  return refusals;
}

/** Development without a named store keeps images on one volume. */
const storesOf = (ctx: GlanceContext): [string, Store][] => {
  const named = Object.entries(ctx.options.stores).sort(byKey);
  return named.length === 0 && ctx.profile === "development" ? [["local", { type: "file", size: "10Gi" }]] : named;
};

/** One node only can mount the volume: the old pod must be gone before the new one starts. */
export const usesLocalVolume = (ctx: GlanceContext): boolean =>
  storesOf(ctx).some(([, store]) => store.type === "file" && sharedClass(ctx, store) === undefined);
const sharedClass = (ctx: Context, store: { storageClass?: string | undefined }): string | undefined =>
  store.storageClass ?? ctx.sharedStorageClass;

/** Options of the stores; none in a base, where nobody has chosen yet. */
export function storeConfig(ctx: GlanceContext): Ini {
  const stores = storesOf(ctx);
  if (stores.length === 0) return {};
  return {
    DEFAULT: { enabled_backends: stores.map(([name, { type }]) => `${name}:${type}`) },
    glance_store: { default_backend: ctx.options.defaultStore ?? stores[0]![0] },
    ...Object.fromEntries(stores.map(([name, store]) => [name, storeOptions(name, store)])),
  };
}
function storeOptions(name: string, store: Store): Ini[string] {
  switch (store.type) {
    case "rbd":
      return {
        rbd_store_ceph_conf: `/etc/glance/${cephConf(name)}`,
        rbd_store_pool: store.pool,
        rbd_store_user: store.user,
      };
    case "s3":
      return {
        s3_store_bucket: store.bucket,
        s3_store_bucket_url_format: "path",
        s3_store_create_bucket_on_put: false,
        s3_store_host: store.endpoint,
      };
    case "file":
      return { filesystem_store_datadir: `/var/lib/glance/${name}` };
  }
}
const cephConf = (name: string): string => `${name}.ceph.conf`;

/** ceph.conf of each rbd store. */
export const storeFiles = (ctx: GlanceContext): Record<string, string> =>
  Object.fromEntries(
    storesOf(ctx).flatMap(([name, store]) =>
      store.type === "rbd"
        ? [[cephConf(name), formatIni({ global: { keyring: `/etc/ceph/${name}/keyring`, mon_host: store.monitors } })]]
        : [],
    ),
  );

/** Volumes, mounts and credentials of the stores. */
export function storeMounts(ctx: GlanceContext): {
  volumes: IVolume[];
  mounts: IVolumeMount[];
  environment: IEnvVar[];
} {
  const parts = storesOf(ctx).map(
    ([name, store]): { volumes: IVolume[]; mounts: IVolumeMount[]; environment: IEnvVar[] } => {
      const volume = `store-${name.replaceAll("_", "-")}`;
      switch (store.type) {
        case "rbd":
          return {
            volumes: [{ name: volume, secret: { secretName: store.secret, defaultMode: 0o440 } }],
            mounts: [{ name: volume, mountPath: `/etc/ceph/${name}`, readOnly: true }],
            environment: [],
          };
        case "s3":
          return {
            volumes: [],
            mounts: [],
            environment: ["access-key", "secret-key"].map((key) =>
              fromSecret(
                `OS_${name.toUpperCase()}__S3_STORE_${key.toUpperCase().replace("-", "_")}`,
                store.secret,
                key,
              ),
            ),
          };
        case "file":
          return {
            volumes: [{ name: volume, persistentVolumeClaim: { claimName: claimName(ctx, name) } }],
            mounts: [{ name: volume, mountPath: `/var/lib/glance/${name}` }],
            environment: [],
          };
      }
    },
  );
  return {
    volumes: parts.flatMap((part) => part.volumes),
    mounts: parts.flatMap((part) => part.mounts),
    environment: parts.flatMap((part) => part.environment),
  };
}
const claimName = (ctx: Context, store: string): string => objectName(ctx, `store-${store.replaceAll("_", "-")}`);

/** Claims of the file stores. They belong to the phase of their consumer: a volume that binds late would never be bound earlier. */
export const storeObjects = (ctx: GlanceContext): Placed[] =>
  storesOf(ctx).flatMap(([name, store]) => {
    if (store.type !== "file") return [];
    const shared = sharedClass(ctx, store);
    return [
      placed(
        "run",
        new PersistentVolumeClaim({
          metadata: { name: claimName(ctx, name), labels: labels(ctx, "api"), annotations: { ...keepAnnotations } },
          spec: {
            accessModes: [shared === undefined ? "ReadWriteOnce" : "ReadWriteMany"],
            resources: { requests: { storage: canonicalQuantity(store.size) } },
            ...((shared ?? ctx.storageClass) === undefined ? {} : { storageClassName: shared ?? ctx.storageClass }),
          },
        }),
      ),
    ];
  });

/** Credentials of the stores. */
export const storeSecrets = (ctx: GlanceContext): RequiredSecret[] =>
  storesOf(ctx).flatMap(([name, store]): RequiredSecret[] => {
    switch (store.type) {
      case "rbd":
        return [
          { name: store.secret, keys: { keyring: "keyring" }, purpose: `keyring of the Ceph user of store ${name}` },
        ];
      case "s3":
        return [
          {
            name: store.secret,
            keys: { "access-key": "access-key", "secret-key": "secret-key" },
            purpose: `S3 credentials of store ${name}`,
          },
        ];
      case "file":
        return [];
    }
  });

/** Images that stay behind when a store goes or moves cannot be downloaded any more. */
export const storeData = (ctx: GlanceContext): DataConstraint[] =>
  storesOf(ctx).flatMap(([name, store]): DataConstraint[] => {
    const place =
      store.type === "rbd"
        ? `rbd pool ${store.pool}`
        : store.type === "s3"
          ? `bucket ${store.bucket} at ${store.endpoint}`
          : "a volume";
    return [
      {
        key: `store ${name}`,
        value: place,
        shown: place,
        rule: "keep",
        what: `the store ${name}`,
        consequence: "Images that lie in it could not be downloaded any more.",
      },
      ...(store.type === "file"
        ? volumeConstraints(`store ${name}`, store.size, sharedClass(ctx, store) ?? ctx.storageClass)
        : []),
    ];
  });
