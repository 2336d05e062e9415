import type { Profile } from "../contract/context.ts";
import { type Instance, isClient, replicasOf } from "./model.ts";

/** How max_connections of one database came about. */
export interface ConnectionBudget {
  readonly terms: readonly {
    readonly instance: string;
    readonly role: string;
    readonly replicas: number;
    readonly each: number;
  }[];
  /** Jobs and crons of the clients, two connections each. */
  readonly jobs: number;
  /** Sum with 20 % reserve, rounded up to hundreds; at least `floor`. 0 for what is not a database. */
  readonly total: number;
}

/** Below this a database is not worth tuning; it keeps the usual overlay free of a patch. */
export const connectionFloor = 1000;

/**
 * All clients write to one member, so its limit must bear them together: replicas (one more during a rolling update) x
 * what one replica opens, plus Jobs and crons, plus a fifth. MariaDB's own default of 151 is too small at once.
 */
export function connectionBudget(
  database: Instance,
  instances: readonly Instance[],
  profile: Profile,
): ConnectionBudget {
  if (database.component.provides !== "database") return { terms: [], jobs: 0, total: 0 };
  const clients = instances.filter((client) => isClient(client, database.name));
  const terms = clients.flatMap(({ name, component, spec }) =>
    Object.entries(component.roles).flatMap(([role, { connections }]) =>
      connections === undefined
        ? []
        : [
            {
              instance: name,
              role,
              replicas:
                1 + (spec.common.autoscaling?.[role]?.maxReplicas ?? replicasOf(component, spec, profile, role)),
              each: connections,
            },
          ],
    ),
  );
  const jobs = clients.length * 2 * 2;
  const sum = terms.reduce((total, { replicas, each }) => total + replicas * each, jobs);
  return { terms, jobs, total: Math.max(connectionFloor, Math.ceil((sum * 1.2) / 100) * 100) };
}
