import { z } from "zod";
import { type Component, component, type DataConstraint, type Endpoint, type Role } from "../contract/component.ts";
import { groupAndName, type Ini } from "../contract/configuration.ts";
import type { Need } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import { typesOf } from "../contract/endpoints.ts";
import { fromImage } from "./from-image.ts";
import { frontSocket, socketProbe, socketProbeFile } from "./front.ts";
import { mergeIni, namedOptions } from "./ini.ts";
import {
  identityEnvironment,
  identityOptions,
  type Login,
  login,
  loginEnvironment,
  serviceUserGroup,
} from "./login.ts";
import { authtoken, imageFiles, type Loaded, mostProcesses, osloDefaults, uwsgi, withoutVersion } from "./oslo.ts";
import { rewrapping, rewrappingJobs } from "./rewrap.ts";
import type { ApiRole, Service, ServiceContext, ServiceNeed, ServiceRole } from "./service-header.ts";
import { serviceObjects, uwsgiFile } from "./service-objects.ts";
import { claimConstraints } from "./stateful.ts";
import { probeFile } from "./worker.ts";
import { workerProbe } from "./worker-probe.ts";

/**
 * An OpenStack service from its header: what all of them share is filled in here, and its objects follow. It is data over
 * `component`, which stays for everything odd.
 */
export function openstack<S extends z.ZodRawShape = Record<never, never>>(
  service: Service<Output<S>> & { readonly options?: S },
): Component<Output<S>> {
  const { mainFile, conf: _conf, files: _files, imageFiles: _imageFiles, user, migrate, ...rest } = service;
  const { logins: _logins, sendsServiceTokens: _sendsServiceTokens, ...header } = rest;
  const { name, roles, crons = {} } = service;
  const endpoints = endpointsOf(service);
  const credentialsOf = (ctx: ServiceContext<Output<S>>) =>
    checksTokens(service)
      ? identityEnvironment(ctx, Object.keys(loginsOf(service, ctx)), service.identity?.(ctx).users)
      : loginEnvironment(ctx, Object.keys(loginsOf(service, ctx)));
  const project = service.project ?? name;
  const jobs = { ...migrations(migrate), ...service.jobs, ...rewrappingJobs(service.secretOptions) };
  const conf = mainFile ?? `${project}.conf`;
  return component({
    ...(checksTokens(service) ? { user: user && user !== "owner" ? user : { roles: ["service"] } } : {}),
    project,
    ...header,
    // Other services that it requires do not take the place of the one that it logs in to.
    requires: [...(logsIn(service) ? ["identity"] : []), ...(service.requires ?? [])],
    group: service.group ?? "services",
    options: z.strictObject(service.options ?? ({} as S)),
    roles: rolesOf(roles, String(conf)),
    development: { roles: mapValues(roles, ({ scaling }) => (scaling === "node" ? {} : { replicas: 1 })) },
    images: {
      [project]: (release) => `quay.io/airshipit/${project}:${release}-ubuntu_noble`,
      ...(user === false || user === "owner"
        ? {}
        : { client: (release) => `quay.io/airshipit/openstack-client:${release}-ubuntu_noble` }),
      ...service.images,
    },
    ...(conf === false ? {} : { conf }),
    needs: (options) => needsOf(service, options).map((need) => (typeof need === "string" ? usual(need, name) : need)),
    endpoints,
    fromImage: fromImage(service, project, String(conf)),
    data: (ctx) => [...(service.data?.(ctx) ?? []), ...claimsOf(service, ctx)],
    jobs,
    crons,
    config: (ctx) => ({
      ...(conf === false ? {} : { [conf]: mainOptions(service, ctx) }),
      ...programFiles(service, ctx),
      ...service.files?.(ctx),
    }),
    manifests: (ctx) => [
      ...serviceObjects(ctx, { roles, jobs, crons, credentials: logsIn(service) ? credentialsOf(ctx) : [] }),
      ...rewrapping(ctx),
      ...(service.manifests?.(ctx) ?? []),
    ],
  });
}

/** What its options are, once parsed. */
type Output<S extends z.ZodRawShape> = z.output<z.ZodObject<S, z.core.$strict>>;

const rolesOf = <O>(roles: Service<O>["roles"], conf: string): Readonly<Record<string, Role>> =>
  Object.fromEntries(
    Object.entries(roles).map(([role, header]) => [
      role,
      roleOf(header, "wsgi" in header ? uwsgiFile(role, roles) : conf),
    ]),
  );

/** `file` has the number of its processes, where an option says it. */
function roleOf<O>(header: ServiceRole<O>, file: string): Role {
  const { replicas = header.scaling === "one" ? 1 : 3, scaling = "free", without = [] } = header;
  const { privileged, hostNetwork, hostPID, hostPaths, interrupts } = header;
  const role: Role = {
    ...(scaling === "node" ? { scaling } : { replicas, scaling }),
    ...(privileged === undefined ? {} : { privileged }),
    ...(hostNetwork === undefined ? {} : { hostNetwork }),
    ...(hostPID === undefined ? {} : { hostPID }),
    ...(hostPaths === undefined ? {} : { hostPaths }),
    ...(interrupts === undefined ? {} : { interrupts }),
  };
  const processes = "wsgi" in header ? { "uwsgi.processes": mostProcesses } : (header.processes ?? 1);
  if (without.includes("database")) return role;
  if (typeof processes === "number") return { ...role, processes };
  const [[option, count]] = Object.entries(processes) as [[string, number]];
  return { ...role, processes: count, processesOption: [file, ...groupAndName(option)] };
}

/** The volumes that pods of a role have for themselves. */
const claimsOf = <O>({ roles }: Service<O>, ctx: Context<O>): DataConstraint[] =>
  Object.entries(roles).flatMap(([role, header]) =>
    "command" in header
      ? (header.stateful?.(ctx) ?? []).flatMap((claim) => claimConstraints(ctx, `each ${role}'s ${claim.name}`, claim))
      : [],
  );

const apisOf = <O>({ roles }: Pick<Service<O>, "roles">): [string, ApiRole<O>][] =>
  Object.entries(roles).flatMap(([role, header]) => ("wsgi" in header ? [[role, header]] : []));

/** What the catalogue calls its main API. */
const catalogueType = <O>(service: Service<O>): string | undefined =>
  apisOf(service).flatMap(([, { endpoint }]) => typesOf(endpoint))[0];

/** The main endpoint is called like the service, another one like the service and its role. */
const endpointsOf = <O>(service: Service<O>): Record<string, Endpoint> =>
  Object.fromEntries(
    Object.entries(service.roles)
      .flatMap(([role, { endpoint }]) => (endpoint === undefined ? [] : [{ role, ...endpoint }]))
      .map((endpoint, index) => [index === 0 ? service.name : `${service.name}-${endpoint.role}`, endpoint]),
  );

/** It has a user of its own: whoever checks tokens has. */
const checksTokens = <O>(service: Service<O>): boolean => logsIn(service) && service.user !== "owner";

/** The Identity service does not log in to itself. */
const logsIn = <O>(service: Service<O>): boolean =>
  service.user !== false && !apisOf(service).some(([, { endpoint }]) => typesOf(endpoint).includes("identity"));

/** Sections that log in as its user, beside the one that checks tokens. */
const loginsOf = <O>(
  { logins = {}, sendsServiceTokens }: Service<O>,
  ctx: Pick<ServiceContext<O>, "peer">,
): Readonly<Record<string, Login>> => ({
  ...Object.fromEntries(
    Object.entries(logins).filter(([, { peer }]) => peer === undefined || ctx.peer(peer) !== undefined),
  ),
  ...(sendsServiceTokens ? { [serviceUserGroup]: { authority: true } } : {}),
});

const migrations = <O>(migrate: Service<O>["migrate"]): NonNullable<Service<O>["jobs"]> => ({
  ...(migrate?.expand === undefined ? {} : { "db-expand": { phase: "expand", steps: migrate.expand } }),
  ...(migrate?.contract === undefined ? {} : { "db-contract": { phase: "contract", steps: migrate.contract } }),
});

function needsOf<O>({ needs = ["database", "token-cache"] }: Service<O>, options: O): readonly ServiceNeed[] {
  return typeof needs === "function" ? needs(options) : needs;
}

function usual(need: Exclude<ServiceNeed, Need>, name: string): Need {
  switch (need) {
    case "database":
      return { kind: "database", name, group: "database" };
    case "cache":
    case "token-cache":
      return { kind: "cache", name, group: "cache" };
    case "rpc":
      return { kind: "messaging", name, group: "DEFAULT", use: "rpc" };
    case "notifications":
      return {
        kind: "messaging",
        name: "notifications",
        group: "oslo_messaging_notifications",
        use: "notifications",
        from: "provider",
      };
  }
}

function mainOptions<O>(service: Service<O>, ctx: ServiceContext<O>): Ini {
  const shared = osloDefaults(ctx);
  const hasCacheGroup = !needsOf(service, ctx.options).includes("token-cache");
  return mergeIni(
    hasCacheGroup ? shared : { ...shared, cache: {} },
    ...(checksTokens(service) ? [authtoken(ctx, catalogueType(service))] : []),
    ...Object.entries(loginsOf(service, ctx)).map(([group, form]) => login(ctx, group, form)),
    ...(service.sendsServiceTokens ? [{ [serviceUserGroup]: { send_service_user_token: true } }] : []),
    ...countsOf(service),
    ...publicUrlsOf(service, ctx),
    identityOptions(ctx, service.identity?.(ctx)),
    namedOptions(mapValues(service.imageFiles ?? {}, (file) => `${imageFiles}/${ctx.project}/${file}`)),
    service.conf?.(ctx) ?? {},
  );
}

/** How many processes a role has, where an option says so. */
const countsOf = <O>({ roles }: Service<O>): Ini[] =>
  Object.values(roles).flatMap((role) =>
    "command" in role && typeof role.processes === "object" ? [namedOptions(role.processes)] : [],
  );

/** Where users find its endpoints, where an option says so. */
const publicUrlsOf = <O>(service: Service<O>, ctx: ServiceContext<O>): Ini[] =>
  apisOf(service).flatMap(([, { endpoint, publicUrl }]) =>
    publicUrl === undefined
      ? []
      : [namedOptions({ [publicUrl]: withoutVersion(ctx.url(typesOf(endpoint)[0]!, "public")) })],
  );

/** What the programs of a service read in addition to its options. */
const programFiles = <O>(service: Service<O>, ctx: ServiceContext<O>): Record<string, Ini | string> => ({
  ...Object.fromEntries(
    apisOf(service).map(([role, { wsgi, endpoint, uwsgi: more, front }]) => [
      uwsgiFile(role, service.roles),
      uwsgi(ctx, applicationOf(wsgi, ctx), front?.(ctx) === undefined ? endpoint.port : frontSocket, more?.(ctx)),
    ]),
  ),
  ...(apisOf(service).some(([, { front }]) => front?.(ctx) !== undefined) ? { [socketProbeFile]: socketProbe } : {}),
  ...(Object.values(service.roles).some((role) => "command" in role && role.probe === undefined)
    ? { [probeFile]: workerProbe }
    : {}),
});

const applicationOf = <O>(wsgi: ApiRole<O>["wsgi"], { release }: ServiceContext<O>): Loaded =>
  typeof wsgi === "object" && "later" in wsgi ? (wsgi[release] ?? wsgi.later) : wsgi;

const mapValues = <V, R>(map: Readonly<Record<string, V>>, change: (value: V) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
