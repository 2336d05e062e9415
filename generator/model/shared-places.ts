import { kindOf } from "../connections/index.ts";
import type { Connection } from "../contract/connection.ts";
import type { Report } from "./draft.ts";
import type { Instance } from "./model.ts";

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
