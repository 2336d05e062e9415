import { byName } from "../base/data.ts";
import { kindOf } from "../connections/index.ts";
import type { Connection } from "../contract/connection.ts";
import { isSamePool, type OwnPool } from "../contract/pools.ts";
import type { Report } from "./draft.ts";
import type { Instance, Recorded } from "./model.ts";

/**
 * Two instances of one family that were told the same place at a server outside: one database of two cells. Each would change what
 * the other has. In the cluster their names keep them apart.
 */
export function checkSharedPlaces(instances: readonly Instance[], report: Report): void {
  for (const { first, second, connection } of shared(instances, ({ head }, connection) => {
    const { need, instance, name } = connection;
    if (instance !== undefined || kindOf(need.kind).place === undefined) return undefined;
    return `${head} ${need.kind} ${whereOf(connection)} ${name}`;
  })) {
    const { need, name, members } = connection;
    const { place, naming } = kindOf(need.kind);
    report(
      second.spec.path,
      "shared-place",
      `${first.name} and ${second.name} would have one ${place}, ${name} at ${members[0]}`,
      `Give one of the two another name there: uses.${need.kind}.${naming!.one}.`,
    );
  }
}

/** Two instances at one provider of a kind whose clients have one each. */
export function checkAlone(instances: readonly Instance[], report: Report): void {
  for (const { first, second, connection } of shared(instances, (_, connection) =>
    kindOf(connection.need.kind).alone === undefined ? undefined : `${connection.need.kind} ${whereOf(connection)}`,
  )) {
    const { kind } = connection.need;
    const { alone, title } = kindOf(kind);
    report(
      second.spec.path,
      "shared-provider",
      `${first.name} and ${second.name} would share ${title}, ${whereOf(connection)}: ${alone}`,
      `Give one of them its own: dedicated: [${kind}].`,
    );
  }
}

/**
 * Two instances of one service that write to one pool of one storage. Neither sees the other: each counts what the other has as its own room, and may
 * delete it. Of what runs together already there is a warning, for its data is there.
 */
export function checkSharedPools(instances: readonly Instance[], before: Recorded, report: Report): void {
  const heads = new Map(instances.map((instance) => [instance.name, instance]));
  const written = [...instances]
    .sort(byName)
    .flatMap((instance) => poolsOf(instance).map((pool) => ({ ...pool, head: heads.get(instance.head)! })));
  for (const [index, { head: second, ...pool }] of written.entries())
    for (const { head: first, ...other } of written.slice(0, index)) {
      if (first === second || first.component !== second.component || !isSamePool(pool, other)) continue;
      const isLiving = before[first.name] !== undefined && before[second.name] !== undefined;
      report(
        second.spec.path,
        "shared-pool",
        `${first.name} and ${second.name} would both write to the pool ${pool.pool} of ${pool.storage}: each would take what the other has for its own, and could delete it`,
        `Give ${second.name} a pool of its own there.`,
        isLiving ? "warning" : "error",
      );
    }
}

/** Pools that an instance writes to: of its connections, and of servers that its options name. */
const poolsOf = ({ component, connections, spec }: Instance): (OwnPool & { readonly storage: string })[] => [
  ...connections
    .filter(({ lender }) => lender === undefined)
    .flatMap(({ need, instance, members }) =>
      Object.entries(need.places ?? {})
        .filter(([, access]) => access === "write")
        .map(([pool]) =>
          instance === undefined
            ? outsidePool({ servers: members, pool })
            : { servers: [instance], pool, storage: instance },
        ),
    ),
  ...(component.pools?.(spec.options) ?? []).map(outsidePool),
];

const outsidePool = (own: OwnPool) => ({ ...own, storage: `the storage at ${own.servers[0]}` });

/** The instance that provides it, or the servers outside. */
const whereOf = ({ instance, members, port }: Connection): string =>
  instance ?? `${[...members].sort().join(", ")} at port ${port}`;

/** Connections of an instance's own whose key an instance before it has too. Without a key they are no matter. */
function shared(
  instances: readonly Instance[],
  keyOf: (instance: Instance, connection: Connection) => string | undefined,
): { readonly first: Instance; readonly second: Instance; readonly connection: Connection }[] {
  const owners = new Map<string, Instance>();
  return instances.flatMap((second) =>
    second.connections.flatMap((connection) => {
      if (connection.lender !== undefined || connection.need.from !== undefined) return [];
      const key = keyOf(second, connection);
      if (key === undefined) return [];
      const first = owners.get(key) ?? second;
      owners.set(key, first);
      return first === second ? [] : [{ first, second, connection }];
    }),
  );
}
