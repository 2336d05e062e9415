import type { MadeUser } from "../contract/component.ts";
import { serviceDomain } from "../contract/connection.ts";
import { furtherUsersOf, loginOf } from "./accounts.ts";
import type { Report } from "./draft.ts";
import type { Instance } from "./model.ts";

/** A user that the Job of a service makes or, where it has no Secret any more, removes. */
interface ServiceUser {
  readonly name: string;
  readonly domain: string;
  readonly of: string;
  readonly secret?: string;
}

/**
 * A user that the operator asks for may not be one of a service: two Jobs would set its password, each its own. The same Secret is
 * the same password, and makes further roles of the service's user.
 */
export function checkMadeUsers(instances: readonly Instance[], report: Report): void {
  for (const { name, component, spec } of instances) {
    const own = instances.filter(({ identity }) => identity?.instance === name).flatMap(usersOf);
    for (const made of component.makesUsers?.(spec.options) ?? []) {
      const same = own.find((user) => isSame(user, made));
      if (same === undefined || same.secret === made.secret) continue;
      report(
        [...spec.path, ...made.path],
        "two-passwords",
        same.secret === undefined
          ? `${made.name} was the user of ${same.of} before its password changed: one Job would make it, another one remove it`
          : `the password of ${made.name}, the user of ${same.of}, is in ${same.secret}: one Job would set that, another one ${made.secret}`,
        same.secret === undefined ? "Choose another name." : `Write secret: ${same.secret}, or choose another name.`,
      );
    }
  }
}

const usersOf = (instance: Instance): ServiceUser[] => {
  const of = instance.name;
  const main = instance.component.user === undefined ? [] : [{ domain: serviceDomain, ...loginOf(instance) }];
  return [...main, ...furtherUsersOf(instance)].flatMap(({ domain, accounts, former }) => [
    ...accounts.map(({ name, secret }) => ({ name, domain, of, secret })),
    ...former.map((name) => ({ name, domain, of })),
  ]);
};

/** As the collation of the database compares names. */
const isSame = (one: Pick<MadeUser, "name" | "domain">, other: Pick<MadeUser, "name" | "domain">): boolean =>
  one.name.toLowerCase() === other.name.toLowerCase() && one.domain.toLowerCase() === other.domain.toLowerCase();
