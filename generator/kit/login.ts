import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { osloVariable } from "../connections/connection-kind.ts";
import type { OwnIdentity } from "../contract/component.ts";
import { groupAndName, type Ini } from "../contract/configuration.ts";
import { serviceDomain, serviceProject } from "../contract/connection.ts";
import type { ClusterValues, Context } from "../contract/context.ts";
import { namedOptions } from "./ini.ts";
import { fromSecret } from "./pod.ts";
import { caOption } from "./tls.ts";

/** Group of keystonemiddleware, which checks tokens: https://docs.openstack.org/keystonemiddleware/latest/ */
export const tokenGroup = "keystone_authtoken";

/**
 * How a section of the configuration logs in as the service's user. `session`: the section is read by
 * keystoneauth1's loading of sessions and adapters (https://docs.openstack.org/keystoneauth/latest/plugin-options.html), and
 * knows a CA, a region and which endpoints to take. `authority`: it knows a CA, and nothing of endpoints. `project`: false where the user asks for no project: it acts for others.
 */
export interface Login {
  readonly session?: true;
  readonly authority?: true;
  readonly project?: false;
  /** A service of `wants`: without it the section is left out. */
  readonly peer?: string;
}

/** Section of a service that sends a token of its own beside its user's. */
export const serviceUserGroup = "service_user";

/** Options of such a section; the password comes by environment. */
export const login = (
  ctx: Context & ClusterValues,
  group: string,
  { session, authority, project }: Login = {},
): Ini => ({
  [group]: {
    auth_type: "password",
    auth_url: ctx.identity!.url,
    ...(project === false ? {} : { project_domain_name: serviceDomain, project_name: serviceProject }),
    user_domain_name: serviceDomain,
    username: ctx.login.account.name,
    ...(session ? { region_name: ctx.region, valid_interfaces: "internal" } : {}),
    ...(session || authority ? caOption(ctx, "cafile") : {}),
  },
});

/** The same as variables, for a Job, which has no files: with the password. */
export const loginVariables = (ctx: Context & ClusterValues, group: string, form: Login): IEnvVar[] => [
  ...Object.entries(login(ctx, group, form)[group]!).map(([option, value]) => ({
    name: osloVariable(group, option),
    value: String(value),
  })),
  ...loginEnvironment(ctx, [group]),
];

/**
 * Credentials in the Identity service: of the service user for keystonemiddleware and for these sections, of further users, and
 * the key that cached tokens are encrypted with.
 */
export const identityEnvironment = (
  ctx: Context,
  groups: readonly string[] = [],
  users: OwnIdentity["users"] = {},
): IEnvVar[] => [
  fromSecret(osloVariable(tokenGroup, "password"), ctx.login.account.secret, "password"),
  ...(ctx.connection("cache") === undefined
    ? []
    : [
        fromSecret(
          osloVariable(tokenGroup, "memcache_secret_key"),
          ctx.connection("cache")!.account.secret,
          "secret-key",
        ),
      ]),
  ...loginEnvironment(ctx, groups),
  ...Object.entries(users).map(([key, { option }]) =>
    fromSecret(osloVariable(...groupAndName(`${option}_password`)), ctx.users[key]!.account.secret, "password"),
  ),
];

/** What a service is told of its own domains and users: their names. */
export const identityOptions = (ctx: Context, { domains = [], users = {} }: OwnIdentity = {}): Ini =>
  namedOptions({
    ...Object.fromEntries(domains.flatMap(({ name, option }) => (option === undefined ? [] : [[option, name]]))),
    ...Object.fromEntries(Object.entries(users).map(([key, { option }]) => [option, ctx.users[key]!.account.name])),
  });

/** The password of its user, or of its owner's, for these sections. */
export const loginEnvironment = (ctx: Context, groups: readonly string[]): IEnvVar[] =>
  groups.map((group) => fromSecret(osloVariable(group, "password"), ctx.login.account.secret, "password"));
