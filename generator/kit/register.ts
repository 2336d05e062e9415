import type { OwnIdentity } from "../contract/component.ts";
import { type Account, serviceDomain, serviceProject } from "../contract/connection.ts";
import type { ClusterValues, Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { atIdentity } from "./at-identity.ts";
import { job } from "./job.ts";
import { fromSecret } from "./pod.ts";
import { seedScript } from "./seed-script.ts";
import { asksOutside, identityAuthority } from "./tls.ts";

/** What the Identity service is made to hold. Created when absent, brought in line when different, never removed but for former users. */
export interface Seed {
  /** Wrong passwords do not lock the administrator, whom Jobs log in as. */
  readonly isAdministratorExempt?: boolean;
  /** This cluster's region in an Identity service that it shares with others, which is found there by that URL. */
  readonly region?: { readonly name: string; readonly cluster: string; readonly identity: string };
  readonly domains?: readonly { name: string; description?: string }[];
  readonly projects?: readonly { name: string; domain: string; description?: string }[];
  readonly roles?: readonly string[];
  readonly users?: readonly {
    name: string;
    domain: string;
    passwordVariable: string;
    grants: readonly Grant[];
    /** Grants of earlier versions. */
    revoked?: readonly Grant[];
    /** Programs cannot change a password that expires, and nobody may lock them out. */
    program?: boolean;
  }[];
  readonly groups?: readonly { name: string; domain: string; grants: readonly Grant[] }[];
  /** Whom people of others log in by: what the API's words for it are, and how their claims become users and groups. */
  readonly identityProviders?: readonly {
    name: string;
    domain: string;
    remoteIds: readonly string[];
    protocol: string;
    rules: readonly object[];
  }[];
  /** Users of the past. */
  readonly absentUsers?: readonly { name: string; domain: string }[];
  readonly services?: readonly {
    name: string;
    type: string;
    description: string;
    region: string;
    endpoints: Readonly<Record<string, string>>;
  }[];
}

/** A role of a user, in a project or on a domain. */
type Grant = { readonly role: string } & (
  | { readonly project: string; readonly projectDomain: string }
  | { readonly domain: string }
);

/** A line of the catalogue. */
export interface CatalogueEntry {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly views: readonly ("internal" | "public")[];
}

/** A user with its generations, and the domain that it lies in and has its roles on. */
export interface RegisteredUser {
  readonly key: string;
  readonly domain: string;
  readonly roles: readonly string[];
  readonly accounts: readonly Account[];
  readonly former: readonly string[];
}

/** What a service enters into the Identity service. */
export interface Registration {
  readonly endpoints: readonly CatalogueEntry[];
  /** Roles of its own user. */
  readonly roles: readonly string[];
  /** Roles that are taken from it. */
  readonly formerRoles: readonly string[];
  readonly own: Pick<OwnIdentity, "domains" | "roles">;
  readonly users: readonly RegisteredUser[];
}

/**
 * Job that enters a service into the Identity service: its users, their roles and its catalogue entries. What differs between
 * clusters are variables that Kubernetes puts into the seed, so that an overlay shows a region and a URL, not a document.
 * It logs in as the administrator, so it runs where that password lies already.
 */
export function register(
  ctx: Context & ClusterValues,
  { endpoints, roles, formerRoles, own, users }: Registration,
): Placed[] {
  const { login, region, url } = ctx;
  const isShared = asksOutside(ctx);
  const former = [
    ...login.former.map((name) => ({ name, domain: serviceDomain })),
    ...users.flatMap(({ domain, former: names }) => names.map((name) => ({ name, domain }))),
  ];
  const seed: Seed = {
    ...(isShared ? { region: { name: "$(REGION)", cluster: "$(CLUSTER)", identity: "$(OS_AUTH_URL)" } } : {}),
    domains: [{ name: serviceDomain }, ...(own.domains ?? []).map(({ option: _, ...domain }) => domain)],
    projects: [{ name: serviceProject, domain: serviceDomain }],
    roles: [...new Set([...roles, ...(own.roles ?? []), ...users.flatMap((user) => user.roles)])],
    users: [
      ...login.accounts.map(({ name }, index) => ({
        name,
        domain: serviceDomain,
        passwordVariable: passwordVariable(index),
        program: true,
        grants: roles.map(inServiceProject),
        ...(formerRoles.length === 0 ? {} : { revoked: formerRoles.map(inServiceProject) }),
      })),
      ...users.flatMap(({ key, domain, roles: granted, accounts }) =>
        accounts.map(({ name }, index) => ({
          name,
          domain,
          passwordVariable: passwordVariable(index, key),
          program: true,
          grants: granted.map((role) => ({ role, domain })),
        })),
      ),
    ],
    ...(former.length === 0 ? {} : { absentUsers: former }),
    services: endpoints.map(({ name, type, description, views }) => ({
      name,
      type,
      description,
      region: "$(REGION)",
      endpoints: Object.fromEntries(views.map((view) => [view, `$(${urlVariable(type, view)})`])),
    })),
  };
  const variables = [
    { name: "REGION", value: region },
    ...(isShared ? [{ name: "CLUSTER", value: ctx.cluster }] : []),
    ...endpoints.flatMap(({ type, views }) =>
      views.map((view) => ({ name: urlVariable(type, view), value: url(type, view) })),
    ),
    ...[{ key: "service", accounts: login.accounts }, ...users].flatMap(({ key, accounts }) =>
      accounts.map(({ secret }, index) => fromSecret(passwordVariable(index, key), secret, "password")),
    ),
  ];
  return atIdentity(ctx, "register", (account) => seedJob(ctx, "register", "expand", seed, variables, account));
}

const inServiceProject = (role: string): Grant => ({ role, project: serviceProject, projectDomain: serviceDomain });

/** `SERVICE_PASSWORD`, `STACK_ADMIN_PASSWORD_1` */
const passwordVariable = (index: number, key = "service"): string =>
  `${key.replaceAll("-", "_").toUpperCase()}_PASSWORD${index === 0 ? "" : `_${index}`}`;

/** `IMAGE_PUBLIC_URL` */
const urlVariable = (type: string, view: string): string => `${type}_${view}_url`.replaceAll("-", "_").toUpperCase();

/** Job that seeds the Identity service as its administrator. */
export const seedJob = (
  ctx: Context,
  role: string,
  phase: "expand" | "contract",
  seed: Seed,
  variables: readonly ({ name: string; value: string } | ReturnType<typeof fromSecret>)[],
  serviceAccount?: string,
): Placed => {
  const authority = identityAuthority(ctx);
  return job(ctx, role, {
    phase,
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    connections: [],
    trusting: asksOutside(ctx),
    steps: [{ name: role, image: ctx.image("client"), command: ["python3", "-c", seedScript(seed)] }],
    environment: [
      { name: "OS_AUTH_URL", value: ctx.identity!.url },
      ...(authority === undefined ? [] : [{ name: "OS_CACERT", value: authority }]),
      { name: "OS_USERNAME", value: ctx.identity!.registrar.user },
      fromSecret("OS_PASSWORD", ctx.identity!.registrar.secret, "password"),
      { name: "OS_PROJECT_NAME", value: "admin" },
      { name: "OS_USER_DOMAIN_NAME", value: "Default" },
      { name: "OS_PROJECT_DOMAIN_NAME", value: "Default" },
      { name: "OS_INTERFACE", value: "internal" },
      ...variables,
      // After the variables that it refers to: Kubernetes puts in what stands above.
      { name: "SEED", value: JSON.stringify(seed) },
    ],
  });
};
