import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { Context, Kind, Wire } from "../model/contract.ts";
import { fromSecret, fromWiring } from "./pod.ts";
import { internalCa } from "./tls.ts";

/** `database` -> `DATABASE`: prefix of the variables that a connection is composed of. */
const prefix = (wire: Wire): string => (wire.need.kind === "messaging" ? "MESSAGING" : wire.need.group.toUpperCase());

/** Contents of the wiring ConfigMap: hosts and names, never a password. An overlay re-wires by merging literals. */
export const wiringData = (wires: readonly Wire[]): Record<string, string> => Object.assign({}, ...wires.map(literals));

/**
 * Connections as environment, composed with $(VAR) from hosts (wiring ConfigMap) and credentials (Secrets): a changed
 * host rolls the pods by the ConfigMap's hash, and no file ever holds a password. Variables from envFrom cannot be
 * composed (the kubelet expands only what `env` defines), hence one entry each.
 */
export const connectionEnvironment = (ctx: Context, kinds: readonly Kind[] = allKinds): IEnvVar[] =>
  wiresOf(ctx, kinds).flatMap((wire) => [
    ...Object.keys(literals(wire)).map((name) => fromWiring(ctx, name)),
    ...secrets(wire),
    ...urls(wire),
  ]);

/**
 * The same for a Job, with hosts written out: a Job that read the wiring ConfigMap would run again with every change of it.
 */
export const jobEnvironment = (ctx: Context, kinds: readonly Kind[]): IEnvVar[] =>
  wiresOf(ctx, kinds).flatMap((wire) => [
    ...Object.entries(literals(wire)).map(([name, value]) => ({ name, value })),
    ...secrets(wire),
    ...urls(wire),
  ]);

const allKinds: readonly Kind[] = ["database", "messaging", "cache"];
const wiresOf = (ctx: Context, kinds: readonly Kind[]): Wire[] =>
  ctx.wires.filter(({ need }) => kinds.includes(need.kind));

/** Credentials of the service user for keystonemiddleware, and the key that its cached tokens are encrypted with. */
export const identityEnvironment = (ctx: Context): IEnvVar[] => [
  fromSecret("OS_KEYSTONE_AUTHTOKEN__PASSWORD", ctx.login.account.secret, "password"),
  ...(ctx.wire("cache") === undefined
    ? []
    : [fromSecret("OS_KEYSTONE_AUTHTOKEN__MEMCACHE_SECRET_KEY", `${ctx.instance}-cache`, "secret-key")]),
];

function literals(wire: Wire): Record<string, string> {
  const name = prefix(wire);
  switch (wire.need.kind) {
    case "database":
      return {
        [`${name}_HOST`]: wire.host,
        [`${name}_PORT`]: String(wire.port),
        [`${name}_NAME`]: wire.name,
        [`${name}_USER`]: wire.account.name,
      };
    // A URL names every broker: one more of them is one longer value, not one more variable.
    case "messaging":
    case "cache":
      return {};
  }
}

const secrets = (wire: Wire): IEnvVar[] =>
  wire.need.kind === "cache" ? [] : [fromSecret(`${prefix(wire)}_PASSWORD`, wire.account.secret, "password")];

function urls(wire: Wire): IEnvVar[] {
  const name = prefix(wire);
  const option = (key: string) => `OS_${wire.need.group.toUpperCase()}__${key}`;
  switch (wire.need.kind) {
    case "database":
      return [
        {
          name: option("CONNECTION"),
          value: `mysql+pymysql://$(${name}_USER):$(${name}_PASSWORD)@$(${name}_HOST):$(${name}_PORT)/$(${name}_NAME)?charset=utf8mb4${wire.tls ? `&ssl_ca=${internalCa}` : ""}`,
        },
      ];
    case "messaging": {
      // Every member by name, each with its credentials: oslo.messaging does not carry them over from one host to the next.
      const hosts = wire.members.map((host) => `${wire.account.name}:$(${name}_PASSWORD)@${host}:${wire.port}`);
      return [{ name: option("TRANSPORT_URL"), value: `rabbit://${hosts.join(",")}/${wire.name}` }];
    }
    case "cache":
      return [];
  }
}
