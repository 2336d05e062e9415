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
import { environmentIn } from "./installed.ts";
import { type Secrets, serveKubernetes } from "./kubernetes-api.ts";
import { asPodIn, giveToPods, type Program, place } from "./place.ts";
import { type Ended, end, endGroup, freePort, prepareDatabase, type Runner, startRunner } from "./processes.ts";

/** Generated containers as processes of this machine: the real programs, on SQLite, without a broker or memcached. */
export interface Cloud {
  /** Runs a container to its end. */
  readonly run: (service: Service, container: Container) => Promise<Ended>;
  /** True when every Secret that a container mounts is there: without one the kubelet holds its pod back. */
  readonly isReady: (container: Container) => boolean;
  /** Starts a server under uwsgi and waits until it answers its probe; its URL. Throws with its last words when it does not. */
  readonly serve: (service: Service, container: Container) => Promise<string>;
  /** Starts a program and leaves it at work. Throws with its last words when it ends within seconds. */
  readonly work: (service: Service, container: Container) => Promise<void>;
  /** Ends all servers as Kubernetes does: how each ended, by name. */
  readonly stop: () => Promise<Ends>;
  /** Ends what still runs and removes every trace. */
  readonly remove: () => Promise<void>;
}

/** Exit code, or the signal that was the end. */
export type Ends = Readonly<Record<string, number | NodeJS.Signals | null>>;

/** Where all servers of a cloud speak HTTPS: a uwsgi that can, the Secrets with certificates, and the CA of those who ask. */
export interface Https {
  readonly uwsgi: string;
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  readonly ca: Buffer;
}

/** A cloud of the programs of a release. */
export async function cloudOf(release: Release, cluster: SmallCluster, encrypted?: Https): Promise<Cloud> {
  const home = mkdtempSync(join(tmpdir(), "overstack-cloud-"));
  const databases = join(home, "databases");
  mkdirSync(databases);
  const secrets: Secrets = new Map([...cluster.secrets, ...Object.entries(encrypted?.secrets ?? {})]);
  const kubernetes = await serveKubernetes(secrets);
  const endpoints = cluster.services.flatMap((service) => service.servers);
  const ports = new Map(await Promise.all(endpoints.map(async ({ name }) => [name, await freePort()] as const)));
  const runners = new Map<string, Runner>();
  const servers = new Map<string, ChildProcess>();
  const workers = new Map<string, ChildProcess>();
  let count = 0;

  const placed = (service: Service, container: Container): Program => {
    const root = join(home, String(count++));
    mkdirSync(root);
    const database = (name: string) => `sqlite:///${prepareDatabase(join(databases, `${name}.db`))}`;
    const environment = environmentIn(release, service.component);
    const program = place(root, service, container, {
      ...{ environment, database, secrets, ports, kubernetes, uwsgi: encrypted?.uwsgi },
    });
    giveToPods(databases);
    return program;
  };
  const launch = (service: Service, container: Container, more: readonly string[], detached: boolean) => {
    const { root, file, args, env } = placed(service, container);
    const [program, ...rest] = [...asPodIn(root), file, ...args, ...more];
    const child = spawn(program!, rest, { env, detached });
    (detached ? workers : servers).set(`${service.name} ${container.name}`, child);
    return { child, said: wordsOf(child) };
  };

  return {
    run: (service, container) => {
      const runner = runners.get(service.component) ?? startRunner(environmentIn(release, service.component));
      runners.set(service.component, runner);
      return runner.run(placed(service, container));
    },
    isReady: ({ secrets: mounts }) => [...mounts.values()].flat().every((name) => secrets.has(name)),
    serve: async (service, container) => {
      const server = service.servers.find(({ role }) => container.name.split("/")[1] === role)!;
      // One process each: four of them would take minutes to import what one has imported.
      const { child, said } = launch(service, container, ["--strict", "--processes", "1"], false);
      const url = `http${encrypted === undefined ? "" : "s"}://127.0.0.1:${ports.get(server.name)}`;
      const deadline = Date.now() + startLimit;
      while (!(await answers(url + container.probe, encrypted?.ca)))
        if (child.exitCode !== null || Date.now() > deadline)
          throw new Error(`${service.name} ${server.role} does not answer ${container.probe}: ${said()}`);
      return url;
    },
    work: async (service, container) => {
      // A group of its own: programs of several processes send signals to all of their group.
      const { child, said } = launch(service, container, [], true);
      await sleep(workTime);
      if (child.exitCode !== null)
        throw new Error(`${service.name} ${container.name} ended with ${child.exitCode}: ${said()}`);
    },
    stop: () => endAll(servers),
    remove: async () => {
      // uwsgi takes its workers with it on SIGINT, which it would leave behind on SIGKILL.
      const children = [...servers.values(), ...[...runners.values()].map(({ process }) => process)];
      await Promise.all(children.map((child) => end(child, "SIGINT")));
      for (const { pid } of workers.values()) endGroup(pid!);
      kubernetes.server.close();
      rmSync(home, { recursive: true, maxRetries: 5 });
    },
  };
}

const endAll = async (children: ReadonlyMap<string, ChildProcess>): Promise<Ends> =>
  Object.fromEntries(
    await Promise.all([...children].map(async ([name, child]) => [name, await end(child, "SIGTERM")] as const)),
  );

/** Milliseconds; far above what a start takes on a busy machine. */
const startLimit = 180_000;

/** Milliseconds in which a program that cannot work would have said so and ended. */
const workTime = 10_000;

/** The last words of a process. */
function wordsOf(child: ChildProcess): () => string {
  let said = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.on("data", (text) => {
      said = (said + text).slice(-5000);
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
