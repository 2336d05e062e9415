import { expect } from "vitest";
import type { Phase } from "../../generator/contract/kubernetes.ts";
import type { Release } from "../../generator/contract/release.ts";
import { type Login, login } from "./ask.ts";
import { type Cloud, cloudOf, podOf, type Surroundings } from "./cloud.ts";
import { type Service, smallCluster } from "./clusters.ts";
import type { ConfigMaps, Container } from "./containers.ts";
import { judged } from "./judged.ts";
import type { Secrets } from "./kubernetes-api.ts";
import { needsDatabaseServer, withRequired } from "./selection.ts";

/** A service at work. */
export interface Running {
  readonly service: Service;
  /** URL of each server that is up, by role. */
  readonly urls: ReadonlyMap<string, string>;
}

/** Services at work with all that must be up before them. */
export interface SmallCloud {
  readonly cloud: Cloud;
  /** By component. */
  readonly running: ReadonlyMap<string, Running>;
  /** URL of the Identity service, and its administrator's password. */
  readonly identity: string;
  readonly adminPassword: string;
  /** Components that run that service. */
  readonly providers: readonly string[];
  /** An instance, or the first of a component, as other keys of the cluster make it; Secrets that they add are there. */
  readonly changed: (name: string, changed: object) => Service;
}

/** Beyond the services: other keys of the cluster, and what is real beside them. */
export interface Options extends Surroundings {
  readonly changed?: object;
  /** ConfigMaps of the operator's own. */
  readonly configMaps?: ConfigMaps;
  /** Secrets that are there instead of a stand-in. */
  readonly given?: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  /** The cloud whose Identity service this one shares, instead of one of its own. */
  readonly sharing?: SmallCloud;
}

/** Starts services in a small cluster of their own: their Jobs, their servers, and what they require before. */
export async function startCloud(
  components: readonly string[],
  release: Release,
  onTestFinished: (remove: () => Promise<void>) => void,
  { changed: keys, configMaps, given, sharing, ...surroundings }: Options = {},
): Promise<SmallCloud> {
  const names = withRequired(components).filter((name) => sharing === undefined || !sharing.providers.includes(name));
  const changed = { ...keys, ...(sharing === undefined ? {} : { identity: { url: `${sharing.identity}/v3` } }) };
  const secrets: Secrets = new Map(Object.entries({ ...(sharing && passwordOf(sharing)), ...given }));
  const cluster = smallCluster(names, release, changed, secrets, configMaps);
  const infrastructure = surroundings.infrastructure ?? (needsDatabaseServer(names) || undefined);
  const cloud = await cloudOf(release, cluster, { ...surroundings, infrastructure });
  onTestFinished(cloud.remove);
  const running = new Map<string, Running>();
  // In the order of what requires what, whichever order the cluster has them in.
  for (const component of names) {
    const service = cluster.services.find((item) => item.component === component);
    if (service === undefined) continue;
    await runJobs(cloud, service, "expand");
    const urls = new Map(await Promise.all(serversOf(service).map((server) => serve(cloud, service, server))));
    running.set(component, { service, urls });
  }
  return {
    ...(sharing ?? providerIn(running)),
    ...{ cloud, running },
    changed: (name, others) => {
      const { services, secrets: all } = smallCluster(names, release, { ...changed, ...others }, secrets, configMaps);
      for (const [secret, values] of all) if (!cloud.secrets.has(secret)) cloud.secrets.set(secret, values);
      return services.find((item) => item.instance === name) ?? services.find((item) => item.component === name)!;
    },
  };
}

/** The Identity service among those that run. */
function providerIn(running: SmallCloud["running"]): Pick<SmallCloud, "identity" | "adminPassword" | "providers"> {
  const isProvider = ({ service: { servers } }: Running) => servers.some(({ types }) => types.includes("identity"));
  const provider = [...running.values()].find(isProvider)!;
  const adminPassword = provider.service.containers
    .map(({ environment }) => environment.OS_BOOTSTRAP_PASSWORD)
    .find((password) => password !== undefined)!;
  return { identity: [...provider.urls.values()][0]!, adminPassword, providers: [provider.service.component] };
}

const passwordOf = ({ adminPassword }: SmallCloud) => ({
  "identity-admin": { password: Buffer.from(adminPassword) },
});

/** The same for one component. */
export async function startAlone(
  component: string,
  release: Release,
  onTestFinished: (remove: () => Promise<void>) => void,
  options: Options = {},
): Promise<SmallCloud & Running> {
  const small = await startCloud([component], release, onTestFinished, options);
  return { ...small, ...small.running.get(component)! };
}

/** Ends the servers of a service, and starts them as it is now. */
export async function restart(cloud: Cloud, service: Service): Promise<void> {
  await cloud.stop(service);
  await Promise.all(serversOf(service).map((server) => serve(cloud, service, server)));
}

const serve = async (cloud: Cloud, service: Service, container: Container): Promise<[string, string]> => [
  roleOf(container),
  await cloud.serve(service, container),
];

/** Role of a container: the middle word of its name. */
const roleOf = ({ name }: Container): string => name.split("/")[1]!;
const isProgram = ({ name, prepares }: Container): boolean =>
  !prepares && /^(Deployment|StatefulSet|DaemonSet)\//.test(name);
/** It stands before a server in the same pod, and starts with it. */
const isFront = (container: Container, { containers }: Service): boolean =>
  container.probe !== undefined &&
  containers.some(
    ({ name, command }) => command[0] === "uwsgi" && name !== container.name && podOf(name) === podOf(container.name),
  );

/** Containers that uwsgi serves. */
export const serversOf = ({ containers }: Service): Container[] =>
  containers.filter((container) => isProgram(container) && container.command[0] === "uwsgi");

/** Containers that are at work without a server of WSGI. */
export const workersOf = (service: Service): Container[] =>
  service.containers.filter(
    (container) => isProgram(container) && container.command[0] !== "uwsgi" && !isFront(container, service),
  );

/** Runs the Jobs of a phase; one whose Secret another one makes comes after it. */
export async function runJobs(cloud: Cloud, service: Service, phase: Phase): Promise<void> {
  const left = Map.groupBy(
    service.containers.filter((container) => container.phase === phase && container.name.startsWith("Job/")),
    roleOf,
  );
  while (left.size > 0) {
    const next = [...left].find(([, containers]) => containers.every(cloud.isReady));
    expect(
      next,
      `${service.name}: no Job makes the Secrets that ${[...left.keys()].join(", ")} wait for`,
    ).toBeDefined();
    left.delete(next![0]);
    for (const container of next![1]) await runToEnd(cloud, service, container);
  }
}

/** Runs each cron once, apart from those that need MariaDB. */
export async function runCrons(cloud: Cloud, service: Service): Promise<void> {
  const { onMariaDbAlone = [] } = judged.get(service.component)!;
  for (const container of service.containers)
    if (container.name.startsWith("CronJob/") && !onMariaDbAlone.includes(roleOf(container)))
      await runToEnd(cloud, service, container);
}

/** Runs one cron. */
export const runCron = (cloud: Cloud, service: Service, role: string): Promise<void> =>
  runToEnd(cloud, service, service.containers.find(({ name }) => name.startsWith(`CronJob/${role}/`))!);

async function runToEnd(cloud: Cloud, service: Service, container: Container): Promise<void> {
  const { code, said } = await cloud.run(service, container);
  expect(code, `${service.name} ${container.name}: ${said.slice(-3000)}`).toBe(0);
}

/** A token of the administrator. */
export const adminToken = ({ identity, adminPassword }: SmallCloud, ca?: Buffer): ReturnType<typeof login> =>
  login(identity, { user: "admin", password: adminPassword, domain: "Default", project: "admin" }, ca);

/** A token of the service's own user; undefined when it has none. */
export function serviceToken(
  { service, identity }: SmallCloud & Running,
  ca?: Buffer,
): ReturnType<typeof login> | undefined {
  const password = serversOf(service)[0]?.environment.OS_KEYSTONE_AUTHTOKEN__PASSWORD;
  if (password === undefined) return undefined;
  const user: Login = { user: service.instance, password, domain: "service", project: "service" };
  return login(identity, user, ca);
}
