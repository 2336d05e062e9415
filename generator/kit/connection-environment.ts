import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { Connection, Kind } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import { fromHosts, fromSecret } from "./pod.ts";
import { internalCa } from "./tls.ts";

/** `database` -> `DATABASE`: prefix of the variables that a connection is composed of. */
const prefix = (connection: Connection): string =>
  connection.need.kind === "messaging" ? "MESSAGING" : connection.need.group.toUpperCase();

/** Contents of the wiring ConfigMap: hosts and names, never a password. An overlay re-connections by merging literals. */
export const hostsData = (connections: readonly Connection[]): Record<string, string> =>
  Object.assign({}, ...connections.map(literals));

/**
 * Connections as environment, composed with $(VAR) from hosts (wiring ConfigMap) and credentials (Secrets): a changed
 * host rolls the pods by the ConfigMap's hash, and no file ever holds a password. Variables from envFrom cannot be
 * composed (the kubelet expands only what `env` defines), hence one entry each.
 */
export const connectionEnvironment = (ctx: Context, kinds: readonly Kind[] = allKinds): IEnvVar[] =>
  connectionsOf(ctx, kinds).flatMap((connection) => [
    ...Object.keys(literals(connection)).map((name) => fromHosts(ctx, name)),
    ...secrets(connection),
    ...urls(connection),
  ]);

/**
 * The same for a Job, with hosts written out: a Job that read the wiring ConfigMap would run again with every change of it.
 */
export const jobEnvironment = (ctx: Context, kinds: readonly Kind[]): IEnvVar[] =>
  connectionsOf(ctx, kinds).flatMap((connection) => [
    ...Object.entries(literals(connection)).map(([name, value]) => ({ name, value })),
    ...secrets(connection),
    ...urls(connection),
  ]);

const allKinds: readonly Kind[] = ["database", "messaging", "cache"];
const connectionsOf = (ctx: Context, kinds: readonly Kind[]): Connection[] =>
  ctx.connections.filter(({ need }) => kinds.includes(need.kind));

/** Credentials of the service user for keystonemiddleware, and the key that its cached tokens are encrypted with. */
export const identityEnvironment = (ctx: Context): IEnvVar[] => [
  fromSecret("OS_KEYSTONE_AUTHTOKEN__PASSWORD", ctx.login.account.secret, "password"),
  ...(ctx.connection("cache") === undefined
    ? []
    : [fromSecret("OS_KEYSTONE_AUTHTOKEN__MEMCACHE_SECRET_KEY", `${ctx.instance}-cache`, "secret-key")]),
];

function literals(connection: Connection): Record<string, string> {
  const name = prefix(connection);
  switch (connection.need.kind) {
    case "database":
      return {
        [`${name}_HOST`]: connection.host,
        [`${name}_PORT`]: String(connection.port),
        [`${name}_NAME`]: connection.name,
        [`${name}_USER`]: connection.account.name,
      };
    // A URL names every broker: one more of them is one longer value, not one more variable.
    case "messaging":
    case "cache":
      return {};
  }
}

const secrets = (connection: Connection): IEnvVar[] =>
  connection.need.kind === "cache"
    ? []
    : [fromSecret(`${prefix(connection)}_PASSWORD`, connection.account.secret, "password")];

function urls(connection: Connection): IEnvVar[] {
  const name = prefix(connection);
  const option = (key: string) => `OS_${connection.need.group.toUpperCase()}__${key}`;
  switch (connection.need.kind) {
    case "database":
      return [
        {
          name: option("CONNECTION"),
          value: `mysql+pymysql://$(${name}_USER):$(${name}_PASSWORD)@$(${name}_HOST):$(${name}_PORT)/$(${name}_NAME)?charset=utf8mb4${connection.tls ? `&ssl_ca=${internalCa}` : ""}`,
        },
      ];
    case "messaging": {
      // Every member by name, each with its credentials: oslo.messaging does not carry them over from one host to the next.
      const hosts = connection.members.map(
        (host) => `${connection.account.name}:$(${name}_PASSWORD)@${host}:${connection.port}`,
      );
      return [{ name: option("TRANSPORT_URL"), value: `rabbit://${hosts.join(",")}/${connection.name}` }];
    }
    case "cache":
      return [];
  }
}
