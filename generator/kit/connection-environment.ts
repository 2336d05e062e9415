import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { kindOf } from "../connections/index.ts";
import type { Connection, Kind } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import { fromHosts, fromSecret } from "./pod.ts";
import { internalCa } from "./tls.ts";

/** Contents of the wiring ConfigMap: hosts and names, never a password. An overlay connects anew by merging literals. */
export const hostsData = (connections: readonly Connection[]): Record<string, string> =>
  Object.assign({}, ...connections.map((connection) => variablesOf(connection).literals));

/**
 * Connections as environment, composed with $(VAR) from hosts (wiring ConfigMap) and credentials (Secrets): a changed
 * host rolls the pods by the ConfigMap's hash, and no file ever holds a password. Variables from envFrom cannot be
 * composed (the kubelet expands only what `env` defines), hence one entry each.
 */
export const connectionEnvironment = (ctx: Context, kinds?: readonly Kind[]): IEnvVar[] =>
  environment(ctx, kinds, (name) => fromHosts(ctx, name));

/**
 * The same for a Job, with hosts written out: a Job that read the wiring ConfigMap would run again with every change of it.
 */
export const jobEnvironment = (ctx: Context, kinds: readonly Kind[]): IEnvVar[] =>
  environment(ctx, kinds, (name, value) => ({ name, value }));

const environment = (
  ctx: Context,
  kinds: readonly Kind[] | undefined,
  literal: (name: string, value: string) => IEnvVar,
): IEnvVar[] =>
  ctx.connections
    .filter(({ need }) => kinds === undefined || kinds.includes(need.kind))
    .flatMap((connection) => {
      const { literals, secrets, composed } = variablesOf(connection);
      return [
        ...Object.entries(literals).map(([name, value]) => literal(name, value)),
        ...Object.entries(secrets).map(([name, key]) => fromSecret(name, connection.account.secret, key)),
        ...Object.entries(composed).map(([name, value]) => ({ name, value })),
      ];
    });

const variablesOf = (connection: Connection) =>
  kindOf(connection.need.kind).environment(connection, { ca: internalCa });
