import { connectionsWith } from "../connections/database.ts";
import type { Role } from "../contract/component.ts";
import type { Profile } from "../contract/context.ts";
import type { InstanceSpec } from "../input/spec.ts";
import { type Instance, isClient, replicasOf } from "./model.ts";

/** How max_connections of one database came about. */
export interface ConnectionBudget {
  readonly terms: readonly {
    readonly instance: string;
    readonly role: string;
    readonly replicas: number;
    readonly processes: number;
    /** Connections that each process may open. */
    readonly pool: number;
    /** Connections of a replica. */
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
  const terms = clients.flatMap((client) => {
    const { name, component, spec } = client;
    const pool = poolOf(client, database.name);
    return Object.entries(component.roles).flatMap(([role, header]) => {
      const processes = processesOf(header, spec);
      if (processes === undefined) return [];
      const replicas = spec.common.autoscaling?.[role]?.maxReplicas ?? replicasOf(component, spec, profile, role);
      return [{ instance: name, role, replicas: 1 + replicas, processes, pool, each: processes * pool }];
    });
  });
  const jobs = clients.length * 2 * 2;
  const sum = terms.reduce((total, { replicas, each }) => total + replicas * each, jobs);
  return { terms, jobs, total: Math.max(connectionFloor, Math.ceil((sum * 1.2) / 100) * 100) };
}

/** Processes of a role as an operator has them; undefined of a role without connections. */
function processesOf({ processes, processesOption }: Role, spec: InstanceSpec): number | undefined {
  if (processes === undefined || processesOption === undefined) return processes;
  const written = Number(writtenFor(spec, ...processesOption) ?? processes);
  return Number.isInteger(written) && written > 0 ? written : processes;
}

/** What one process opens at a server. Of several databases there it is in one at a time, the one with the largest pool. */
const poolOf = ({ component, spec, connections, reach }: Instance, server: string): number =>
  Math.max(
    ...[...connections, ...reach]
      .filter(({ instance }) => instance === server)
      .map(({ need }) => connectionsWith((option) => writtenFor(spec, component.conf, need.group, option))),
  );

/** An option that the operator sets: in the environment, which wins, or in a file. */
function writtenFor({ common }: InstanceSpec, file: string | undefined, group: string, option: string): unknown {
  const variable = common.environment?.[`OS_${group}__${option}`.toUpperCase()];
  return variable ?? (file === undefined ? undefined : common.config?.[file]?.[group]?.[option]);
}
