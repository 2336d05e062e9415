import { expect } from "vitest";
import type { Phase } from "../../generator/contract/kubernetes.ts";
import type { Release } from "../../generator/contract/release.ts";
import { type Login, login } from "./ask.ts";
import { type Cloud, cloudOf, type Https } from "./cloud.ts";
import { type Service, smallCluster } from "./clusters.ts";
import type { Container } from "./containers.ts";
import { judged } from "./judged.ts";
import { withRequired } from "./selection.ts";

/** A component at work, and what must be up before it. */
export interface SmallCloud {
  readonly cloud: Cloud;
  readonly service: Service;
  /** URL of each server that is up, by role. */
  readonly urls: ReadonlyMap<string, string>;
  /** URL of the Identity service, and its administrator's password. */
  readonly identity: string;
  readonly adminPassword: string;
}

/** Starts a component in a small cluster of its own: its Jobs, its servers, and what it requires before. */
export async function startAlone(
  component: string,
  release: Release,
  onTestFinished: (remove: () => Promise<void>) => void,
  options: { readonly changed?: object; readonly https?: Https } = {},
): Promise<SmallCloud> {
  const names = withRequired([component]);
  const cluster = smallCluster(names, release, options.changed);
  const cloud = await cloudOf(release, cluster, options.https);
  onTestFinished(cloud.remove);
  const up = new Map<Service, ReadonlyMap<string, string>>();
  for (const service of cluster.services.filter((item) => names.includes(item.component))) {
    await runJobs(cloud, service, "expand");
    up.set(service, new Map(await Promise.all(serversOf(service).map((server) => serve(cloud, service, server)))));
  }
  const service = cluster.services.find((item) => item.component === component)!;
  const provider = [...up.keys()].find(({ servers }) => servers.some(({ types }) => types.includes("identity")))!;
  const adminPassword = provider.containers
    .map(({ environment }) => environment.OS_BOOTSTRAP_PASSWORD)
    .find((password) => password !== undefined)!;
  return { cloud, service, urls: up.get(service)!, identity: [...up.get(provider)!.values()][0]!, adminPassword };
}

const serve = async (cloud: Cloud, service: Service, container: Container): Promise<[string, string]> => [
  roleOf(container),
  await cloud.serve(service, container),
];

const roleOf = ({ name }: Container): string => name.split("/")[1]!;
const isProgram = ({ name }: Container): boolean => /^(Deployment|StatefulSet|DaemonSet)\//.test(name);

/** Containers that uwsgi serves. */
export const serversOf = ({ containers }: Service): Container[] =>
  containers.filter((container) => isProgram(container) && container.command[0] === "uwsgi");

/** Containers that are at work without a server of WSGI. */
export const workersOf = ({ containers }: Service): Container[] =>
  containers.filter((container) => isProgram(container) && container.command[0] !== "uwsgi");

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

async function runToEnd(cloud: Cloud, service: Service, container: Container): Promise<void> {
  const { code, said } = await cloud.run(service, container);
  expect(code, `${service.name} ${container.name}: ${said.slice(-3000)}`).toBe(0);
}

/** A token of the administrator. */
export const adminToken = ({ identity, adminPassword }: SmallCloud, ca?: Buffer): ReturnType<typeof login> =>
  login(identity, { user: "admin", password: adminPassword, domain: "Default", project: "admin" }, ca);

/** A token of the service's own user; undefined when it has none. */
export function serviceToken({ service, identity }: SmallCloud, ca?: Buffer): ReturnType<typeof login> | undefined {
  const password = serversOf(service)[0]?.environment.OS_KEYSTONE_AUTHTOKEN__PASSWORD;
  if (password === undefined) return undefined;
  const user: Login = { user: service.instance, password, domain: "service", project: "service" };
  return login(identity, user, ca);
}
