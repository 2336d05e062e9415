import { z } from "zod";
import { byKey } from "../../../base/data.ts";
import type { Ini } from "../../../contract/configuration.ts";
import type { Need } from "../../../contract/connection.ts";
import type { Context } from "../../../contract/context.ts";
import type { OwnPool } from "../../../contract/pools.ts";
import { poolOutside } from "../../../kit/ceph-client.ts";
import { confOutside, storageFiles, storageNeed } from "../../../kit/storage.ts";
import type { VolumeKey } from "../../../kit/volume-keys.ts";
import type { Extras } from "../../../kit/workload.ts";
import type { BackupOptions } from "../backup/index.ts";
import type { BackendType } from "./backend-type.ts";
import { lvm } from "./lvm.ts";
import { nfs } from "./nfs.ts";
import { outsideConf, rbd } from "./rbd.ts";

/** Types of back ends by their word in cluster.yaml. */
export const backendTypes = { rbd, nfs, lvm } as const;

/**
 * Groups of Cinder's own options that a back end could be called like: its driver would register its options there. A test compares
 * them with those of the packages.
 */
const groupsOfOptions = [
  "audit",
  "barbican",
  "coordination",
  "cors",
  "database",
  "fc-zone-manager",
  "healthcheck",
  "nova",
  "profiler",
  "vault",
];

/** Where volumes lie: name -> back end. The name is in the host of every volume, and in names of objects. */
export const backendSchema = z
  .record(
    z
      .string()
      .max(15)
      .regex(
        new RegExp(`^(?!(${groupsOfOptions.join("|")})$)[a-z]([-a-z0-9]*[a-z0-9])?$`),
        "lower case letters, digits and inner '-', and no group of Cinder's options",
      ),
    z.discriminatedUnion("type", [rbd.schema, nfs.schema, lvm.schema]),
  )
  .default({})
  .describe(
    "Where volumes lie: name -> rbd, nfs or lvm. Without one the API answers, and no volume can be made: in development alone.",
  );

export type Backends = z.output<typeof backendSchema>;
export type Backend = Backends[string];

/** What the type of a back end says. */
export const typeOf = ({ type }: Pick<Backend, "type">): BackendType<Backend> =>
  backendTypes[type] as BackendType<Backend>;

/** Back ends in the order of their names. */
export const sorted = (backends: Backends): [string, Backend][] => Object.entries(backends).sort(byKey);

/**
 * The connection to the storage of the cluster, where a back end lies there: one user of Cinder's for all of them, who may read the pools that
 * volumes are clones of.
 */
export function storageNeeds(backends: Backends): Need[] {
  const pools = sorted(backends).flatMap(([, backend]) => typeOf(backend).pools?.(backend) ?? []);
  if (pools.length === 0) return [];
  const read = pools.flatMap((pool) => pool.read).map((pool): [string, "read"] => [pool, "read"]);
  const written = pools.map(({ write }): [string, "write"] => [write, "write"]);
  return [storageNeed("cinder", Object.fromEntries([...read, ...written]))];
}

/** The same connection, as a part of Cinder's uses it. */
export const storageOfOwner = (backends: Backends): Need[] =>
  storageNeeds(backends).map((need) => ({ ...need, from: "owner" }));

/** Pools of Ceph clusters that back ends, and backups, name by monitors. */
export const outsidePools = (backends: Backends, backup?: BackupOptions): OwnPool[] =>
  [...sorted(backends).map(([, backend]) => backend), ...(backup === undefined ? [] : [backup])].flatMap((each) =>
    each.type === "rbd" ? poolOutside(each) : [],
  );

/** Keys that volumes are attached with. */
export const keysOf = (backends: Backends, instance: Pick<Context, "connections" | "suffix">): VolumeKey[] =>
  sorted(backends).flatMap(([name, backend]) => typeOf(backend).keys?.(name, backend, instance) ?? []);

/** What the pods of such a part have of it; a pod with back ends elsewhere has nothing. */
export function storagePod(ctx: Context): Required<Pick<Extras, "mounts" | "volumes">> {
  const connection = ctx.connection("storage");
  if (connection === undefined) return { mounts: [], volumes: [] };
  const { mount, volume } = storageFiles(connection);
  return { mounts: [mount], volumes: [volume] };
}

/** ceph.conf of storage outside that Cinder is connected to. */
export function storageConf(ctx: Context): Readonly<Record<string, Ini>> {
  const connection = ctx.connection("storage");
  return connection === undefined || connection.instance !== undefined
    ? {}
    : { [outsideConf]: confOutside(connection) };
}
