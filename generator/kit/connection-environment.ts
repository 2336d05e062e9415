import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { kindOf } from "../connections/index.ts";
import { type Connection, chosen, type KindOrGroup } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import { fromHosts, fromSecret } from "./pod.ts";
import { authorityOf } from "./tls.ts";

/** Contents of the wiring ConfigMap: hosts and names, never a password. An overlay changes a connection by merging literals. */
export const hostsData = (connections: readonly Connection[]): Record<string, string> =>
  Object.assign({}, ...connections.map((connection) => variablesOf(connection).literals));

/**
 * Connections as environment, composed with $(VAR) from hosts (wiring ConfigMap) and credentials (Secrets): a changed
 * host rolls the pods by the ConfigMap's hash, and no file ever holds a password. Variables from envFrom cannot be
 * composed, since the kubelet expands only what `env` defines: so each has an entry.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export const connectionEnvironment = (ctx: Context, words?: readonly KindOrGroup[]): IEnvVar[] =>
  environment(chosen(ctx.connections, words), (name) => fromHosts(ctx, name));

/**
 * The same for a Job, with hosts written out: a Job that read the wiring ConfigMap would run again with every change of it. It logs in
 * as who may change tables.
 */
export const jobEnvironment = (ctx: Context, words: readonly KindOrGroup[]): IEnvVar[] =>
  environment(
    chosen(ctx.connections, words).map((connection) => ({ ...connection, ...connection.schema })),
    (name, value) => ({ name, value }),
  );

const environment = (
  connections: readonly Connection[],
  literal: (name: string, value: string) => IEnvVar,
): IEnvVar[] =>
  connections.flatMap((connection) => {
    const { literals, secrets, composed } = variablesOf(connection);
    return [
      ...Object.entries(literals).map(([name, value]) => literal(name, value)),
      ...Object.entries(secrets).map(([name, key]) => fromSecret(name, connection.account.secret, key)),
      ...Object.entries(composed).map(([name, value]) => ({ name, value })),
    ];
  });

const variablesOf = (connection: Connection) =>
  kindOf(connection.need.kind).environment(connection, { ca: authorityOf(connection) });

/** Groups of the databases: what Jobs and crons usually connect to. */
export const databases = ({ connections }: Pick<Context, "connections">): KindOrGroup[] =>
  connections.filter(({ need }) => need.kind === "database").map(({ need }) => need.group);
