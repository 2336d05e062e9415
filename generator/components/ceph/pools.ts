import type { DataConstraint } from "../../contract/component.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import { keepAnnotations, labels, placed } from "../../kit/names.ts";
import { storageUsers, writtenPlaces } from "../../kit/storage.ts";
import { apiVersion } from "./cluster.ts";
import { type CephContext, type Pool, poolOf } from "./options.ts";

/** All pools: those that clients write to, and those that the options name. */
const poolsOf = (ctx: CephContext): Pool[] =>
  [...new Set([...writtenPlaces(ctx), ...Object.keys(ctx.options.pools)])].sort().map((name) => poolOf(name, ctx));

/** The pools of the clients, and the one that the managers keep their own data in: it survives what the others survive. */
export const pools = (ctx: CephContext): Placed[] => [
  pool(ctx, "builtin-mgr", poolOf("", ctx), { name: ".mgr" }),
  ...poolsOf(ctx).map((each) =>
    pool(ctx, each.name, each, {
      // With the number of placement groups that a full pool needs from the beginning: data is not moved while it fills.
      parameters: { bulk: "true", compression_mode: each.compression },
    }),
  ),
];

function pool(
  ctx: CephContext,
  name: string,
  { size, minSize, failureDomain, deviceClass }: Pool,
  more: { readonly name?: string; readonly parameters?: Readonly<Record<string, string>> },
): Placed {
  const { parameters, ...spec } = more;
  return placed("run", {
    apiVersion,
    kind: "CephBlockPool",
    metadata: { name, labels: labels(ctx, "osd"), annotations: { ...keepAnnotations } },
    spec: {
      ...spec,
      ...(deviceClass === undefined ? {} : { deviceClass }),
      failureDomain,
      parameters: { ...parameters, min_size: String(minSize) },
      replicated: { requireSafeReplicaSize: size > 1, size },
    },
  });
}

/** A user for each client. The type of its key is said, since Ceph's default is one that clients need not know. */
export const users = (ctx: CephContext): Placed[] =>
  storageUsers(ctx).map(({ name, caps, account }) =>
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
  poolsOf(ctx).map(({ name, size, failureDomain, deviceClass }) => {
    const value = `${size} copies, each in another ${failureDomain}${deviceClass === undefined ? "" : `, on ${deviceClass}`}`;
    return {
      key: `pool ${name}`,
      value,
      shown: value,
      rule: "keep",
      what: `the pool ${name}`,
      consequence:
        "A pool that goes stays in Ceph with its data, and nobody maintains it. Another failure domain or class moves all of the data; fewer copies survive less.",
    };
  });
