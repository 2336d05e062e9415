import { z } from "zod";
import type { MadeUser } from "../../contract/component.ts";
import { serviceDomain, serviceProject } from "../../contract/connection.ts";
import type { ClusterValues, Context } from "../../contract/context.ts";
import { secretName } from "../../contract/formats.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { error, type Issue, warning } from "../../issues/issue.ts";
import { fromSecret } from "../../kit/pod.ts";
import { seedJob } from "../../kit/register.ts";
import { federationSeed } from "./federation/index.ts";
import type { WithFederation } from "./federation/options.ts";
import type { Lockout } from "./lockout.ts";

const title = (max: number) => z.string().min(1).max(max);
const inDomain = z.string().min(1).max(64).default("Default").describe("Domain that it lies in.");
const forPeople = z.string().optional().describe("For people.");

/** What a Keystone is made to hold in addition to what the services need. It is never removed: that would delete people's work. */
export const seedSchema = z
  .strictObject({
    domains: z
      .array(z.strictObject({ name: title(64).describe("Name of the domain."), description: forPeople }))
      .default([])
      .describe("Further domains."),
    projects: z
      .array(
        z.strictObject({
          name: title(64).describe("Name of the project."),
          domain: inDomain,
          description: forPeople,
        }),
      )
      .default([])
      .describe("Further projects."),
    roles: z.array(title(255)).default([]).describe("Further roles."),
    users: z
      .array(
        z.strictObject({
          name: title(255).describe("Name of the user."),
          domain: inDomain,
          project: z
            .string()
            .min(1)
            .max(64)
            .optional()
            .describe("Project, in the same domain, that it has its roles in."),
          roles: z.array(title(255)).default([]).describe("Roles in the project."),
          secret: secretName.describe(
            "Secret in Keystone's namespace with key password. Each run of the Job sets this password again where another one is in use.",
          ),
        }),
      )
      .default([])
      .describe("Further users."),
    services: z
      .array(
        z.strictObject({
          name: title(255).describe("Name of the service."),
          type: title(255).describe("Type by the service types authority: object-store."),
          description: z.string().default("").describe("For people."),
          public: z.url().describe("URL for users."),
          internal: z.url().describe("URL for other services."),
        }),
      )
      .default([])
      .describe("Further catalogue entries, of services outside Overstack."),
  })
  .prefault({})
  .describe("Domains, projects, roles, users and catalogue entries of your own; made when absent, never removed.");

export type Seeds = z.output<typeof seedSchema>;
interface Options extends WithFederation {
  readonly seed: Seeds;
  readonly lockout?: Lockout;
}
type SeedContext = Context<Options>;

/** Secret with the password of the administrator, whom `keystone-manage bootstrap` makes. */
export const administratorSecret = (instance: string): string => `${instance}-admin`;

/** Finds things of the same name, things in a domain that nothing makes, and a password that two Jobs would set. */
export function checkSeeds(instance: string, { domains, projects, users, roles, services }: Seeds): Issue[] {
  const inOne = ({ domain, name }: { domain: string; name: string }) => `${domain}/${name}`;
  const known = domainsMade({ domains });
  return [
    ...twice(
      "domains",
      domains.map(({ name }) => name),
    ),
    ...twice("projects", projects.map(inOne)),
    ...twice("users", users.map(inOne)),
    ...twice("roles", roles),
    ...twice(
      "services",
      services.map(({ name, type }) => `${type}/${name}`),
    ),
    ...Object.entries({ projects, users }).flatMap(([list, items]) =>
      items.flatMap(({ name, domain }, index) =>
        unknownDomain(known, domain, `${name} lies`, ["seed", list, index, "domain"]),
      ),
    ),
    ...domains.flatMap(({ name }, index) =>
      sameButCase("domain", name, madeDomains, ["seed", "domains", index, "name"]),
    ),
    ...Object.entries({ projects, users }).flatMap(([list, items]) =>
      items.flatMap(({ name, domain }, index) => {
        const { what, made } = madeIn[list as keyof typeof madeIn];
        const known = made.filter((item) => isSame(item.domain, domain)).map((item) => item.name);
        return sameButCase(what, name, known, ["seed", list, index, "name"]);
      }),
    ),
    ...[roles, ...users.map((user) => user.roles)].flatMap((names, list) =>
      names.flatMap((name, index) =>
        sameButCase(
          "role",
          name,
          [...bootstrapRoles, ...(list === 0 ? [] : roles)],
          list === 0 ? ["seed", "roles", index] : ["seed", "users", list - 1, "roles", index],
        ),
      ),
    ),
    ...users.flatMap(({ name, domain, secret }, index): Issue[] =>
      !madeIn.users.made.some((made) => made.name === name && made.domain === domain) ||
      secret === administratorSecret(instance)
        ? []
        : [
            error(
              "two-passwords",
              `the password of ${name} is in ${administratorSecret(instance)}: one Job would set that, another one ${secret}`,
              `Write secret: ${administratorSecret(instance)}, or choose another name.`,
              { path: ["seed", "users", index, "secret"] },
            ),
          ],
    ),
    ...users.flatMap(({ name, project, roles: granted }, index): Issue[] =>
      project !== undefined || granted.length === 0
        ? []
        : [
            error(
              "roles-without-project",
              `the roles of ${name} are in no project`,
              "Name the project in which the user has these roles.",
              { path: ["seed", "users", index, "roles"] },
            ),
          ],
    ),
  ];
}

/** Its users, for the comparison with those of services. */
export const seededUsers = ({ seed }: Options): MadeUser[] =>
  seed.users.map(({ name, domain, secret }, index) => ({
    ...{ name, domain, secret },
    path: ["seed", "users", index, "secret"],
  }));

/** Domains that are there when the seed has been made. */
export const domainsMade = ({ domains }: Pick<Seeds, "domains">): string[] => [
  "Default",
  ...domains.map(({ name }) => name),
];

/** `who`: what lies in the domain, with its verb. */
export const unknownDomain = (
  known: readonly string[],
  domain: string,
  who: string,
  path: (string | number)[],
): Issue[] =>
  known.includes(domain)
    ? []
    : [
        warning(
          "unknown-domain",
          `${who} in the domain ${domain}, which seed.domains does not make`,
          "Add it to seed.domains, unless it exists already.",
          { path },
        ),
      ];

/** The Job that seeds; none when nothing is to be seeded. It runs when the new API serves. */
export function seeds(ctx: SeedContext & ClusterValues): Placed[] {
  const { seed, lockout } = ctx.options;
  const { domains: ofProviders = [], ...federation } = federationSeed(ctx.options);
  if (Object.values({ ...seed, ...federation }).every((list) => list.length === 0) && lockout === undefined) return [];
  const job = seedJob(
    ctx,
    "seed",
    "contract",
    literally({
      ...(lockout === undefined ? {} : { isAdministratorExempt: true }),
      ...seed,
      ...federation,
      domains: [...seed.domains, ...ofProviders],
      users: seed.users.map(({ name, domain, project, roles }, index) => ({
        name,
        domain,
        passwordVariable: variable(index),
        grants: project === undefined ? [] : roles.map((role) => ({ role, project, projectDomain: domain })),
      })),
      services: seed.services.map(({ public: outside, internal, ...service }) => ({
        ...service,
        region: ctx.region,
        endpoints: { internal, public: outside },
      })),
    }),
    seed.users.map(({ secret }, index) => fromSecret(variable(index), secret, "password")),
  );
  return [job];
}

/** Passwords of the seeded users; the administrator's is there in any case. */
export const seedSecrets = ({ instance, options }: SeedContext): RequiredSecret[] =>
  options.seed.users
    .filter(({ secret }) => secret !== administratorSecret(instance))
    .map(({ name, secret }) => ({
      name: secret,
      keys: { password: "password" },
      purpose: `password of the Identity user ${name}`,
    }));

/**
 * In a variable's value Kubernetes takes $(NAME) for a reference, unless the dollar is doubled:
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export const literally = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll("$(", () => "$$("));

const variable = (index: number): string => `PASSWORD_${index}`;

/** Roles that `keystone-manage bootstrap` makes: https://docs.openstack.org/keystone/latest/admin/bootstrap.html */
const bootstrapRoles = ["admin", "manager", "member", "reader", "service"];

/**
 * Domains that it makes, or the Jobs of services do. `default` is the identifier of the first, and found by it:
 * https://docs.openstack.org/keystone/latest/admin/bootstrap.html
 */
const madeDomains = ["Default", "default", serviceDomain];

/** What else they make, by the list of the seed. */
const madeIn = {
  projects: {
    what: "project",
    made: [
      { domain: "Default", name: "admin" },
      { domain: serviceDomain, name: serviceProject },
    ],
  },
  users: { what: "user", made: [{ domain: "Default", name: "admin" }] },
};

/** Names as the collation of the database compares them; openstacksdk finds exact names alone. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const twice = (list: string, names: readonly string[]): Issue[] =>
  names.flatMap((name, index) =>
    names.findIndex((other) => isSame(other, name)) === index
      ? []
      : [
          error(
            "named-twice",
            `seed.${list} has ${name.slice(name.indexOf("/") + 1)} twice`,
            "Remove one of them; case makes no difference.",
            {
              path: ["seed", list, index],
            },
          ),
        ],
  );

/** A name that is not one of those that are there, and is to the database. */
function sameButCase(what: string, name: string, known: readonly string[], path: (string | number)[]): Issue[] {
  const same = known.includes(name) ? undefined : known.find((other) => isSame(other, name));
  return same === undefined
    ? []
    : [
        error(
          "named-twice",
          `the ${what} ${name} is ${same} to the database, which compares without case`,
          `Write ${same}, or choose another name.`,
          { path },
        ),
      ];
}
