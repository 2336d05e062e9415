import { kindOf } from "../connections/index.ts";
import type { Connection } from "../contract/connection.ts";
import type { Report } from "./draft.ts";
import type { Instance } from "./model.ts";

/**
 * Two instances of one family that were told the same place at a server outside: one database of two cells. Each would change what
 * the other has. In the cluster their names keep them apart.
 */
export function checkSharedPlaces(instances: readonly Instance[], report: Report): void {
  const owners = new Map<string, Instance>();
  for (const instance of instances)
    for (const connection of instance.connections) {
      const { place } = kindOf(connection.need.kind);
      if (place === undefined || !isOwn(connection)) continue;
      const { need, members, port, name } = connection;
      const key = [instance.head, need.kind, [...members].sort().join(","), port, name].join(" ");
      const other = owners.get(key);
      if (other !== undefined && other !== instance)
        report(
          instance.spec.path,
          "shared-place",
          `${other.name} and ${instance.name} would have one ${place}, ${name} at ${members[0]}`,
          `Give one of the two another name there: uses.${need.kind}.${kindOf(need.kind).naming!.one}.`,
        );
      owners.set(key, other ?? instance);
    }
}

/** Two instances at one provider of a kind whose clients have one each. */
export function checkAlone(instances: readonly Instance[], report: Report): void {
  const clients = new Map<string, Instance>();
  for (const instance of instances)
    for (const { need, lender, instance: provider, members, port } of instance.connections) {
      const { alone, title } = kindOf(need.kind);
      if (alone === undefined || lender !== undefined || need.from !== undefined) continue;
      const where = provider ?? `${[...members].sort().join(", ")} at port ${port}`;
      const other = clients.get(`${need.kind} ${where}`);
      if (other !== undefined && other !== instance)
        report(
          instance.spec.path,
          "shared-provider",
          `${other.name} and ${instance.name} would share ${title}, ${where}: ${alone}`,
          `Give one of them its own: dedicated: [${need.kind}].`,
        );
      clients.set(`${need.kind} ${where}`, other ?? instance);
    }
}

const isOwn = ({ instance, lender, need }: Connection): boolean =>
  instance === undefined && lender === undefined && need.from === undefined;
