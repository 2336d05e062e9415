import { z } from "zod";
import { byKey } from "../../../base/data.ts";
import type { DataConstraint } from "../../../contract/component.ts";
import type { Ini } from "../../../contract/configuration.ts";
import type { Need } from "../../../contract/connection.ts";
import type { Context } from "../../../contract/context.ts";
import type { Server } from "../../../contract/destination.ts";
import type { Placed } from "../../../contract/kubernetes.ts";
import type { OwnPool } from "../../../contract/pools.ts";
import type { RequiredSecret } from "../../../contract/secret.ts";
import { poolOutside } from "../../../kit/ceph-client.ts";
import { confOutside, storageFiles, storageNeed } from "../../../kit/storage.ts";
import { file, sharedClass } from "./file.ts";
import { confFile, rbd } from "./rbd.ts";
import { s3 } from "./s3.ts";
import type { StoreMounts, StoreType } from "./store-type.ts";

const types = { rbd, s3, file } as const;

/** Where images are kept: name -> store. The name becomes an oslo group, so it is limited to what the environment can carry. */
export const storeSchema = z
  .record(
    z
      .string()
      .max(30)
      .regex(/^(?!os_glance_)[a-z][a-z0-9_]*$/, "lower case letters, digits and '_', not beginning with os_glance_"),
    z.discriminatedUnion("type", [rbd.schema, s3.schema, file.schema]),
  )
  .default({})
  .describe("Where images are kept: store name -> rbd, s3 or file. Development: one file store when none is named.");

export interface StoreOptions {
  readonly stores: z.output<typeof storeSchema>;
  readonly defaultStore?: string | undefined;
}
type Store = StoreOptions["stores"][string];
type GlanceContext = Context<StoreOptions>;

/** Development without a named store keeps images on one volume. */
const storesOf = (ctx: GlanceContext): [string, Store][] => {
  const named = Object.entries(ctx.options.stores).sort(byKey);
  return named.length === 0 && ctx.profile === "development" ? [["local", { type: "file", size: "10Gi" }]] : named;
};

/** What the type of each store says about it, in the order of their names. */
const ofEach = <T>(ctx: GlanceContext, say: (type: StoreType<Store>, name: string, store: Store) => T): T[] =>
  storesOf(ctx).map(([name, store]) => say(types[store.type] as StoreType<Store>, name, store));

/** One node only can mount the volume: the old pod must be gone before the new one starts. */
export const usesLocalVolume = (ctx: GlanceContext): boolean =>
  storesOf(ctx).some(([, store]) => store.type === "file" && sharedClass(ctx, store) === undefined);

/** Options of the stores; none in a base, where nobody has chosen yet. */
export function storeConfig(ctx: GlanceContext): Ini {
  const stores = storesOf(ctx);
  if (stores.length === 0) return {};
  return {
    DEFAULT: { enabled_backends: stores.map(([name, { type }]) => `${name}:${type}`) },
    glance_store: { default_backend: ctx.options.defaultStore ?? stores[0]![0] },
    ...Object.fromEntries(ofEach(ctx, (type, name, store) => [name, type.options(name, store, ctx)])),
  };
}

/** ceph.conf of each rbd store that names its monitors, and of a connection to storage outside. */
export function storeFiles(ctx: GlanceContext): Record<string, Ini> {
  const storage = ctx.connection("storage");
  return Object.assign(
    storage !== undefined && storage.instance === undefined ? { [confFile]: confOutside(storage) } : {},
    ...ofEach(ctx, (type, name, store) => type.files?.(name, store)),
  );
}

/** Pools of the storage that it is connected to, of the stores that name no other. */
export const storePools = ({ stores }: Pick<StoreOptions, "stores">): string[] =>
  Object.entries(stores)
    .sort(byKey)
    .flatMap(([, store]) => (types[store.type] as StoreType<Store>).pool?.(store) ?? []);

/** Pools of Ceph clusters that stores name by monitors. */
export const outsidePools = ({ stores }: Pick<StoreOptions, "stores">): OwnPool[] =>
  Object.entries(stores)
    .sort(byKey)
    .flatMap(([, store]) => (store.type === "rbd" ? poolOutside(store) : []));

/** The connection to that storage, where a store lies there. */
export const storeNeeds = (options: Pick<StoreOptions, "stores">): Need[] => {
  const pools = storePools(options);
  return pools.length === 0 ? [] : [storageNeed("glance", Object.fromEntries(pools.map((pool) => [pool, "write"])))];
};

/** Volumes, mounts and credentials of the stores. */
export function storeMounts(ctx: GlanceContext): Required<StoreMounts> {
  const all = ofEach(ctx, (type, name, store) => type.mounts(ctx, name, store));
  const connection = ctx.connection("storage");
  const storage = connection === undefined ? [] : [storageFiles(connection)];
  return {
    volumes: [...storage.map(({ volume }) => volume), ...all.flatMap(({ volumes }) => volumes ?? [])],
    mounts: [...storage.map(({ mount }) => mount), ...all.flatMap(({ mounts }) => mounts ?? [])],
    environment: all.flatMap(({ environment }) => environment ?? []),
  };
}

/** Servers of the stores. */
export const storeServers = (options: Pick<StoreOptions, "stores">): Server[] =>
  Object.entries(options.stores)
    .sort(byKey)
    .flatMap(([, store]) => (types[store.type] as StoreType<Store>).servers?.(store) ?? []);

/** Claims of the file stores. */
export const storeObjects = (ctx: GlanceContext): Placed[] =>
  ofEach(ctx, (type, name, store) => type.objects?.(ctx, name, store) ?? []).flat();

/** Credentials of the stores. */
export const storeSecrets = (ctx: GlanceContext): RequiredSecret[] =>
  ofEach(ctx, (type, name, store) => type.secrets?.(name, store) ?? []).flat();

/** Images that stay behind when a store goes or moves cannot be downloaded any more. */
export const storeData = (ctx: GlanceContext): DataConstraint[] =>
  ofEach(ctx, (type, name, store): DataConstraint[] => [
    {
      key: `store ${name}`,
      value: type.place(store),
      shown: type.place(store),
      rule: "keep",
      what: `the store ${name}`,
      consequence: "Images that lie in it could not be downloaded any more.",
    },
    ...(type.data?.(ctx, name, store) ?? []),
  ]).flat();
