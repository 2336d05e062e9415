import type { ClusterValues, Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { job } from "./job.ts";
import { serviceDomain, serviceProject } from "./oslo.ts";
import { fromSecret } from "./pod.ts";
import { seedScript } from "./seed-script.ts";
import { internalCa, speaksHttps } from "./tls.ts";

/** What the Identity service is made to hold. Created when absent, brought in line when different, never removed but for former users. */
export interface Seed {
  readonly domains?: readonly { name: string; description?: string }[];
  readonly projects?: readonly { name: string; domain: string; description?: string }[];
  readonly roles?: readonly string[];
  readonly users?: readonly {
    name: string;
    domain: string;
    passwordVariable: string;
    grants: readonly { role: string; project: string; projectDomain: string }[];
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

/** A line of the catalogue. */
export interface CatalogueEntry {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly views: readonly ("internal" | "public")[];
}

/**
 * Job that enters a service into the Identity service: its user, its roles and its catalogue entries. What differs between
 * clusters are variables that Kubernetes puts into the seed, so that an overlay shows a region and a URL, not a document.
 */
export function register(
  ctx: Context &
    ClusterValues & {
      readonly endpoints: readonly CatalogueEntry[];
      readonly roles: readonly string[];
    },
): Placed {
  const { endpoints, login, region, roles, url } = ctx;
  const seed: Seed = {
    domains: [{ name: serviceDomain }],
    projects: [{ name: serviceProject, domain: serviceDomain }],
    roles,
    users: login.accounts.map(({ name }, index) => ({
      name,
      domain: serviceDomain,
      passwordVariable: passwordVariable(index),
      grants: roles.map((role) => ({ role, project: serviceProject, projectDomain: serviceDomain })),
    })),
    ...(login.former.length === 0
      ? {}
      : { absentUsers: login.former.map((name) => ({ name, domain: serviceDomain })) }),
    services: endpoints.map(({ name, type, description, views }) => ({
      name,
      type,
      description,
      region: "$(REGION)",
      endpoints: Object.fromEntries(views.map((view) => [view, `$(${urlVariable(type, view)})`])),
    })),
  };
  return seedJob(ctx, "register", "expand", seed, [
    { name: "REGION", value: region },
    ...endpoints.flatMap(({ type, views }) =>
      views.map((view) => ({ name: urlVariable(type, view), value: url(type, view) })),
    ),
    ...login.accounts.map(({ secret }, index) => fromSecret(passwordVariable(index), secret, "password")),
  ]);
}
const passwordVariable = (index: number): string => (index === 0 ? "SERVICE_PASSWORD" : `SERVICE_PASSWORD_${index}`);

/** `IMAGE_PUBLIC_URL` */
const urlVariable = (type: string, view: string): string => `${type}_${view}_url`.replaceAll("-", "_").toUpperCase();

/** Job that seeds the Identity service as its administrator. */
export const seedJob = (
  ctx: Context,
  role: string,
  phase: "expand" | "contract",
  seed: Seed,
  variables: readonly ({ name: string; value: string } | ReturnType<typeof fromSecret>)[],
): Placed =>
  job(ctx, role, {
    phase,
    connections: [],
    steps: [{ name: role, image: ctx.image("client"), command: ["python3", "-c", seedScript] }],
    environment: [
      { name: "OS_AUTH_URL", value: ctx.identity!.url },
      ...(speaksHttps(ctx) ? [{ name: "OS_CACERT", value: internalCa }] : []),
      { name: "OS_USERNAME", value: "admin" },
      fromSecret("OS_PASSWORD", `${ctx.identity!.instance}-admin`, "password"),
      { name: "OS_PROJECT_NAME", value: "admin" },
      { name: "OS_USER_DOMAIN_NAME", value: "Default" },
      { name: "OS_PROJECT_DOMAIN_NAME", value: "Default" },
      { name: "OS_INTERFACE", value: "internal" },
      ...variables,
      // After the variables that it refers to: Kubernetes puts in what stands above.
      { name: "SEED", value: JSON.stringify(seed) },
    ],
  });
