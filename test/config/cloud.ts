import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Release } from "../../generator/contract/release.ts";
import type { Service, SmallCluster } from "./clusters.ts";
import type { Container } from "./containers.ts";
import { type Infrastructure, startInfrastructure } from "./infrastructure.ts";
import { environmentIn } from "./installed.ts";
import { judgedAs } from "./judged.ts";
import { type Secrets, serveKubernetes } from "./kubernetes-api.ts";
import { type OvnDatabases, startOvn } from "./ovn.ts";
import { asPodIn, giveToPods, loopback, type Program, place, shell } from "./place.ts";
import { type Ended, end, endGroup, freePort, prepareDatabase, type Runner, startRunner } from "./processes.ts";

/** Generated containers as processes of this machine: the real programs, on SQLite or with an infrastructure. */
export interface Cloud {
  /** Runs a container to its end. */
  readonly run: (service: Service, container: Container) => Promise<Ended>;
  /** True when every Secret that a container mounts is there: without one the kubelet holds its pod back. */
  readonly isReady: (container: Container) => boolean;
  /**
   * Starts a server under uwsgi, a further one on a port of its own, and waits until it answers its probe; its URL. Throws with its
   * last words when it does not.
   */
  readonly serve: (service: Service, container: Container, port?: number) => Promise<string>;
  /** Starts a program and leaves it at work; ends it, with all its processes, at once. */
  readonly start: (service: Service, container: Container, image?: string) => Worker;
  /** The same, and throws with its last words when it ends within seconds. */
  readonly work: (service: Service, container: Container) => Promise<void>;
  /** The last words of a service's servers, for a test that fails. */
  readonly said: (service: Service) => string;
  /** Changes the Secrets that programs started later are given. */
  readonly secrets: Secrets;
  /** Database server, broker and memcached, where it was started with them. */
  readonly infrastructure: Infrastructure | undefined;
  /** OVN's databases, where something needs them: nothing stands in for them. */
  readonly ovn: OvnDatabases | undefined;
  /** Ends all servers, or those of a service, as Kubernetes does: how each ended, by name. */
  readonly stop: (service?: Service) => Promise<Ends>;
  /** Ends what still runs and removes every trace. */
  readonly remove: () => Promise<void>;
}

/** Exit code, or the signal that was the end. */
export type Ends = Readonly<Record<string, number | NodeJS.Signals | null>>;

/** A program at work. */
export interface Worker {
  /** Its last words. */
  readonly said: () => string;
  /** Its exit code, when it ends by itself. */
  readonly ended: Promise<number | null>;
  readonly hasEnded: () => boolean;
  /** Ends all its processes at once, as when its node is lost. */
  readonly kill: () => void;
  /** Ends it as Kubernetes does. */
  readonly stop: () => Promise<unknown>;
}

/** Where all servers of a cloud speak HTTPS: a uwsgi that can, the Secrets with certificates, and the CA of those who ask. */
export interface Https {
  readonly uwsgi: string;
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  readonly ca: Buffer;
}

/** Beyond the programs of OpenStack. */
export interface Surroundings {
  readonly https?: Https | undefined;
  /** The real database server, broker and memcached instead of SQLite and what lies inside of processes. */
  readonly infrastructure?: true | undefined;
  /** Component -> virtual environment with its programs, in place of the one that this run installed. */
  readonly environments?: Readonly<Record<string, string>> | undefined;
  /** Folder for what pods have of their node. */
  readonly node?: string | undefined;
  /** Servers are at `::1` alone: of a cluster with IPv6 addresses. */
  readonly ipv6?: true | undefined;
}

/** A cloud of the programs of a release. */
export async function cloudOf(release: Release, cluster: SmallCluster, surroundings: Surroundings): Promise<Cloud> {
  const { https: encrypted } = surroundings;
  const home = mkdtempSync(join(tmpdir(), "overstack-cloud-"));
  const databases = join(home, "databases");
  mkdirSync(databases);
  const secrets: Secrets = new Map([...cluster.secrets, ...Object.entries(encrypted?.secrets ?? {})]);
  const kubernetes = await serveKubernetes(secrets);
  const endpoints = cluster.services.flatMap((service) => service.servers);
  const infrastructure = surroundings.infrastructure && (await startInfrastructure(home, cluster));
  const ovn = [...cluster.providers.values()].includes("ovn") ? await startOvn(home) : undefined;
  for (const [secret, kind] of cluster.certificates) if (kind === "ovn") secrets.set(secret, ovn!.secret);
  const ports = new Map([
    ...(await Promise.all(endpoints.map(async ({ name }) => [name, await freePort()] as const))),
    ...(infrastructure === undefined
      ? []
      : [...cluster.providers].map(([host, kind]) => [host, infrastructure.ports.get(kind)!] as const)),
    ...[...cluster.providers].flatMap(([host, kind]) =>
      kind === "ovn" ? [...ovn!.ports].map(([port, own]) => [`${host}:${port}`, own] as const) : [],
    ),
  ]);
  const runners = new Map<string, Runner>();
  const servers = new Map<string, { readonly child: ChildProcess; readonly said: () => string }>();
  const workers: ChildProcess[] = [];
  let count = 0;

  const environmentFor = ({ component }: Service) =>
    surroundings.environments?.[judgedAs(component)] ?? environmentIn(release, component);
  const serversOf = (service?: Service) =>
    [...servers].filter(([name]) => service === undefined || name.startsWith(`${service.name} `));
  const placed = (service: Service, container: Container, { pod, port, image }: Placement = {}): Program => {
    const root = join(home, String(count++));
    mkdirSync(root);
    const sqlite = (name: string) => `sqlite:///${prepareDatabase(join(databases, `${name}.db`))}`;
    const database = infrastructure === undefined ? sqlite : undefined;
    const environment = environmentFor(service);
    const program = place(
      root,
      service,
      container,
      {
        ...{ environment, database, secrets, kubernetes, uwsgi: encrypted?.uwsgi, ipv6: surroundings.ipv6 },
        ...{ node: surroundings.node, image },
        ports: port === undefined ? ports : new Map([...ports, [serverOf(service, container)!.name, port]]),
      },
      pod,
    );
    giveToPods(databases);
    return program;
  };
  const launch = (
    service: Service,
    container: Container,
    more: readonly string[],
    detached: boolean,
    place?: Placement,
  ) => {
    const { root, file, args, env } = placed(service, container, place);
    const [program, ...rest] = [...asPodIn(root, container.isRoot), file, ...args, ...more];
    // As in a pod nothing is to be read: uwsgi takes a socket at its input for one to serve, and Node's pipes are sockets.
    const child = spawn(program!, rest, { env, detached, stdio: ["ignore", "pipe", "pipe"] });
    const of = place?.port === undefined ? "" : ` ${place.port}`;
    const launched = { child, said: wordsOf(child) };
    if (detached) workers.push(child);
    else servers.set(`${service.name} ${container.name}${of}`, launched);
    return launched;
  };
  const start = (service: Service, container: Container, image?: string): Worker => {
    // A group of its own: programs of several processes send signals to all of their group.
    const { child, said } = launch(service, container, [], true, image === undefined ? {} : { image });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return {
      ...{ said, ended, hasEnded: () => child.exitCode !== null, kill: () => endGroup(child.pid!) },
      stop: () => end(child, "SIGTERM"),
    };
  };
  /** Runs what comes before a program in its pod; the folder that they share. */
  const prepare = async (service: Service, container: Container): Promise<string> => {
    const pod = join(home, `pod-${count++}`);
    const first = service.containers.filter(({ name, prepares }) => prepares && podOf(name) === podOf(container.name));
    for (const item of first) {
      const { child, said } = launch(service, item, [], false, { pod });
      const code = await new Promise((resolve) => child.once("exit", resolve));
      if (code !== 0) throw new Error(`${service.name} ${item.name} ended with ${code}: ${said()}`);
    }
    return pod;
  };

  return {
    run: async (service, container) => {
      if (container.command[0] === shell) {
        const { ended, said } = start(service, container);
        return { code: (await ended) ?? -1, said: said() };
      }
      const runner = runners.get(service.component) ?? startRunner(environmentFor(service));
      runners.set(service.component, runner);
      return runner.run(placed(service, container));
    },
    isReady: ({ secrets: mounts }) => [...mounts.values()].flat().every(({ name }) => secrets.has(name)),
    serve: async (service, container, port) => {
      const server = serverOf(service, container)!;
      const place = { pod: await prepare(service, container), ...(port === undefined ? {} : { port }) };
      // One process each: four of them would take minutes to import what one has imported.
      const programs = [
        launch(service, container, ["--strict", "--no-orphans", "--processes", "1"], false, place),
        ...frontsOf(service, container).map((front) => launch(service, front, [], false, place)),
      ];
      const said = () => programs.map((program) => program.said().slice(-2000)).join("\n");
      const probe = container.probe ?? frontsOf(service, container)[0]!.probe;
      const url = `http${encrypted === undefined ? "" : "s"}://${loopback(surroundings)}:${port ?? ports.get(server.name)}`;
      const deadline = Date.now() + startLimit;
      while (!(await answers(url + probe, encrypted?.ca))) {
        const ended =
          programs.map(({ child }) => child.exitCode ?? child.signalCode).find((end) => end !== null) ?? null;
        if (ended !== null || Date.now() > deadline) {
          const state = ended === null ? "at work" : `ended with ${ended}`;
          throw new Error(`${service.name} ${server.role} (${state}) does not answer ${probe}: ${said()}`);
        }
      }
      return url;
    },
    start,
    work: async (service, container) => {
      const { hasEnded, said } = start(service, container);
      await sleep(workTime);
      if (hasEnded()) throw new Error(`${service.name} ${container.name} has ended: ${said()}`);
    },
    secrets,
    infrastructure,
    ovn,
    said: (service) =>
      serversOf(service)
        .map(([name, { said }]) => `${name}: ${said()}`)
        .join("\n"),
    stop: async (service) => {
      const ends = await Promise.all(
        serversOf(service).map(async ([name, { child }]) => [name, await end(child, "SIGTERM")] as const),
      );
      return Object.fromEntries(ends);
    },
    remove: async () => {
      // uwsgi takes its workers with it on SIGINT, which it would leave behind on SIGKILL.
      const children = [
        ...[...servers.values()].map(({ child }) => child),
        ...[...runners.values()].map(({ process }) => process),
      ];
      await Promise.all(children.map((child) => end(child, "SIGINT")));
      for (const { pid } of workers) endGroup(pid!);
      infrastructure?.stop();
      ovn?.stop();
      kubernetes.server.close();
      rmSync(home, { recursive: true, maxRetries: 5 });
    },
  };
}

/** The pod that a container lies in, and a port in place of its server's own. */
interface Placement {
  readonly pod?: string;
  readonly port?: number;
  /** Files of an image in place of this machine's. */
  readonly image?: string;
}

/** `Deployment/api` of `Deployment/api/api`. */
export const podOf = (name: string): string => name.split("/").slice(0, 2).join("/");

/** What holds the port of a server that listens at a socket. */
const frontsOf = ({ containers }: Service, { name, probe }: Container): Container[] =>
  probe !== undefined
    ? []
    : containers.filter((other) => !other.prepares && other.probe !== undefined && podOf(other.name) === podOf(name));

const serverOf = ({ servers }: Service, { name }: Container) => servers.find(({ role }) => name.split("/")[1] === role);

/** Milliseconds; far above what a start takes on a busy machine. */
const startLimit = 180_000;

/** Milliseconds in which a program that cannot work would have said so and ended. */
const workTime = 10_000;

/** The last words of a process. */
function wordsOf(child: ChildProcess): () => string {
  let said = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.on("data", (text) => {
      said = (said + text).slice(-20_000);
    });
  return () => said;
}

const answers = (url: string, ca: Buffer | undefined): Promise<boolean> =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = { agent: false, signal: AbortSignal.timeout(5000) } as const;
    const request = ca === undefined ? http.get(url, asked) : https.get(url, { ...asked, ca });
    request.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
  }).then(
    // What the kubelet takes for success.
    (status) => status !== undefined && status >= 200 && status < 400,
    () => sleep(200, false),
  );
