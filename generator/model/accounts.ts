import type { Account, Kind } from "../contract/connection.ts";
import type { InstanceSpec } from "../input/spec.ts";

/** The user that a service logs in as, and all that exist: two while credentials rotate. */
export interface Accounts {
  readonly account: Account;
  /** In order of their generations. */
  readonly accounts: readonly Account[];
}

/**
 * Neither MariaDB nor RabbitMQ nor Keystone keeps two passwords for one user, so new credentials are a new user under a new
 * name, with a Secret of its own. The first generation bears the plain name; no instance's name may hold `-g2`.
 */
export function accountsOf(settings: InstanceSpec, kind: Kind | "identity", user: string, secret: string): Accounts {
  const { generation = 1, beside } = settings.service.credentials?.[kind] ?? {};
  const separator = kind === "identity" ? "-" : "_";
  const of = (number: number): Account => ({
    name: number === 1 ? user : `${user}${separator}g${number}`,
    secret: number === 1 ? secret : `${secret}-g${number}`,
    mark: number === 1 ? "" : `-g${number}`,
    leaving: number < generation,
  });
  const numbers = [generation, ...(beside === undefined ? [] : [beside])].sort((a, b) => a - b);
  return { account: of(generation), accounts: numbers.map(of) };
}

/** Users of the generations before those that exist: they are to be removed where no object of theirs does that. */
export function formerUsers(settings: InstanceSpec, user: string): string[] {
  const { generation = 1, beside = generation } = settings.service.credentials?.identity ?? {};
  const oldest = Math.min(generation, beside);
  return Array.from({ length: oldest - 1 }, (_, index) => (index === 0 ? user : `${user}-g${index + 1}`));
}
