import type { DataConstraint } from "../../contract/component.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import { keepAnnotations, labels, placed } from "../../kit/names.ts";
import { storageUsers, writtenPlaces } from "../../kit/storage.ts";
import { inCopies } from "./copies.ts";
import { apiVersion, type CephContext, type Chunks, dataPool, type Pool, poolOf, poolsOfClasses } from "./options.ts";

/** All pools: those that clients and StorageClasses write to, and those that the options name. */
const poolsOf = (ctx: CephContext): Pool[] =>
  [...new Set([...writtenPlaces(ctx), ...poolsOfClasses(ctx.options), ...Object.keys(ctx.options.pools)])]
    .sort()
    .map((name) => poolOf(name, ctx));

/** The pools of the clients, and the one that the managers keep their own data in: it survives what the others survive. */
export const pools = (ctx: CephContext): Placed[] => [
  pool(ctx, "builtin-mgr", poolOf("", ctx), { name: ".mgr" }),
  ...poolsOf(ctx).flatMap((each) => {
    // With the number of placement groups that a full pool needs from the beginning: data is not moved while it fills.
    const parameters = { bulk: "true", compression_mode: each.compression };
    return each.chunks === undefined
      ? [pool(ctx, each.name, each, { parameters })]
      : [pool(ctx, each.name, each, {}), chunked(ctx, each, each.chunks, parameters)];
  }),
];

function pool(
  ctx: CephContext,
  name: string,
  own: Pool,
  more: { readonly name?: string; readonly parameters?: Readonly<Record<string, string>> },
): Placed {
  const { parameters, ...spec } = more;
  return placed("run", {
    apiVersion,
    kind: "CephBlockPool",
    metadata: { name, labels: labels(ctx, "osd"), annotations: { ...keepAnnotations } },
    spec: {
      ...spec,
      ...inCopies(own, parameters),
    },
  });
}

/**
 * The pool with the data of another one, in chunks. Writing goes on while one chunk more is there than the data takes, as Ceph has it:
 * https://docs.ceph.com/en/latest/rados/operations/erasure-code/
 */
function chunked(
  ctx: CephContext,
  { name, failureDomain, deviceClass }: Pool,
  { data, coding }: Chunks,
  parameters: Readonly<Record<string, string>>,
): Placed {
  return placed("run", {
    apiVersion,
    kind: "CephBlockPool",
    metadata: { name: dataPool(name), labels: labels(ctx, "osd"), annotations: { ...keepAnnotations } },
    spec: {
      ...(deviceClass === undefined ? {} : { deviceClass }),
      erasureCoded: { codingChunks: coding, dataChunks: data },
      failureDomain,
      parameters: { ...parameters, min_size: String(data + 1) },
    },
  });
}

/** Pools of those with data in chunks. */
const chunkedPools = (ctx: CephContext): string[] =>
  poolsOf(ctx).flatMap(({ name, chunks }) => (chunks === undefined ? [] : [name]));

/**
 * Where a client puts the data of what it makes, in the configuration that the monitors give it: one that writes to one pool alone. What
 * another one makes lies in copies.
 */
export function clientConfig(ctx: CephContext): Record<string, Record<string, string>> {
  const pools = chunkedPools(ctx);
  return Object.fromEntries(
    storageUsers(ctx, pools).flatMap(({ name, writes }) => {
      const [place, ...others] = writes;
      return place !== undefined && others.length === 0 && pools.includes(place)
        ? [[`client.${name}`, { rbd_default_data_pool: dataPool(place) }]]
        : [];
    }),
  );
}

/** A user for each client. The type of its key is said, since Ceph's default is one that clients need not know. */
export const users = (ctx: CephContext): Placed[] =>
  storageUsers(ctx, chunkedPools(ctx)).map(({ name, caps, account }) =>
    placed("run", {
      apiVersion,
      kind: "CephClient",
      metadata: {
        name,
        labels: labels(ctx, "mon"),
        ...(account.leaving ? {} : { annotations: { ...keepAnnotations } }),
      },
      spec: { caps, security: { cephx: { keyType: "aes" } } },
    }),
  );

/** What an edit must not do to pools unnoticed. */
export const poolData = (ctx: CephContext): DataConstraint[] =>
  poolsOf(ctx).flatMap(({ name, size, failureDomain, deviceClass, chunks }): DataConstraint[] => {
    const where = `each in another ${failureDomain}${deviceClass === undefined ? "" : `, on ${deviceClass}`}`;
    const value = `${size} copies, ${where}`;
    const copies: DataConstraint = {
      key: `pool ${name}`,
      value,
      shown: value,
      rule: "keep",
      what: `the pool ${name}`,
      consequence:
        "A pool that goes stays in Ceph with its data, and nobody maintains it. Another failure domain or class moves all of the data; fewer copies survive less.",
    };
    if (chunks === undefined) return [copies];
    const cut = `${chunks.data}+${chunks.coding} chunks`;
    return [
      copies,
      {
        key: `chunks of pool ${name}`,
        value: cut,
        shown: cut,
        rule: "fixed",
        what: `the chunks of the pool ${name}`,
        consequence: "Ceph changes no chunks of a pool: make another pool, and move the data.",
      },
    ];
  });
