import type { Component, OwnUser } from "../contract/component.ts";
import type { Account, Accounts, Identity } from "../contract/connection.ts";
import type { OptionSecrets } from "../contract/secret.ts";
import type { InstanceSpec } from "../input/spec.ts";

/**
 * RabbitMQ, Keystone and mariadb-operator keep one password for a user, so new credentials are a new user under a new
 * name, with a Secret of its own. The first generation bears the plain name; no instance's name may hold `-g2`.
 */
export function accountsOf(settings: InstanceSpec, kind: string, user: string, secret: string): Accounts {
  const { generation = 1, alsoValid } = settings.service.credentials?.[kind] ?? {};
  const separator = kind === "identity" ? "-" : "_";
  const of = (number: number): Account => ({
    name: number === 1 ? user : `${user}${separator}g${number}`,
    secret: `${secret}${markOf(number)}`,
    mark: markOf(number),
    leaving: number < generation,
  });
  const numbers = [generation, ...(alsoValid === undefined ? [] : [alsoValid])].sort((a, b) => a - b);
  return { account: of(generation), accounts: numbers.map(of) };
}

/** What distinguishes a generation's Secret and objects from the first one's. */
export const markOf = (generation: number): string => (generation === 1 ? "" : `-g${generation}`);

/** Users of the generations before those that exist: they are to be removed where no object of theirs does that. */
function formerUsers(settings: InstanceSpec, user: string): string[] {
  const { generation = 1, alsoValid = generation } = settings.service.credentials?.identity ?? {};
  const oldest = Math.min(generation, alsoValid);
  return Array.from({ length: oldest - 1 }, (_, index) => (index === 0 ? user : `${user}-g${index + 1}`));
}

/** A user in the Identity service that is a service's own, in all its generations. */
export interface IdentityUser extends Accounts, OwnUser {
  /** What it is for. */
  readonly key: string;
  readonly former: readonly string[];
}

/** An instance as far as its users in the Identity service go. */
interface Registered {
  readonly name: string;
  readonly component: Component;
  readonly spec: InstanceSpec;
  readonly identity: Identity | undefined;
}

/** The user that an instance logs in as. */
export function loginOf({
  name,
  spec,
  identity,
}: Omit<Registered, "component">): Accounts & { readonly former: readonly string[] } {
  const user = `${name}${identity?.ending ?? ""}`;
  return { ...accountsOf(spec, "identity", user, `${name}-identity`), former: formerUsers(spec, user) };
}

/** Options whose values are Secrets of an instance. */
export const optionsOf = (component: Component, name: string, settings: InstanceSpec): Record<string, OptionSecrets> =>
  Object.fromEntries(
    Object.entries(component.secretOptions ?? {}).map(([key, option]) => [
      key,
      { ...option, ...accountsOf(settings, key, `${name}-${key}`, `${name}-${key}`) },
    ]),
  );

/** Further users of an instance; all of them rotate together with the one that it logs in as. */
export const furtherUsersOf = ({ component, name, spec, identity }: Registered): IdentityUser[] =>
  Object.entries(component.identity?.({ instance: name, options: spec.options }).users ?? {}).map(([key, user]) => {
    const called = `${name}-${key}${identity?.ending ?? ""}`;
    return {
      key,
      ...user,
      ...accountsOf(spec, "identity", called, `${name}-identity-${key}`),
      former: formerUsers(spec, called),
    };
  });
