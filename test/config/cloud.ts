import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import type { Service } from "./clusters.ts";
import type { Container } from "./containers.ts";
import { projects } from "./packages.ts";
import { asPods, giveToPods, type Program, place } from "./place.ts";
import { type Secrets, serveSecrets } from "./secrets-api.ts";

/** Generated containers as processes of this machine: the real programs, on SQLite, without a broker or memcached. */
export interface Cloud {
  /** Runs a container to its end. */
  readonly run: (service: Service, container: Container) => Promise<Ended>;
  /** Starts an API under uwsgi and waits until it answers; its URL. Throws with its last words when it does not. */
  readonly serve: (service: Service, probe: string) => Promise<string>;
  /** Ends all APIs as Kubernetes does: their exit codes. */
  readonly stop: () => Promise<(number | null)[]>;
  /** Ends what still runs and removes every trace. */
  readonly remove: () => Promise<void>;
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly said: string;
}

/** Where all APIs of a cloud serve HTTPS: a uwsgi that can, the Secrets with certificates, and the CA of those who ask. */
export interface Https {
  readonly uwsgi: string;
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  readonly ca: Buffer;
}

/** A cloud of the programs of a virtual environment. */
export async function cloudIn(environment: string, encrypted?: Https): Promise<Cloud> {
  const home = mkdtempSync(join(tmpdir(), "overstack-cloud-"));
  for (const project of Object.keys(projects)) prepareDatabase(join(home, `${project}.db`));
  giveToPods(home);
  const secrets: Secrets = new Map([
    ["keystone-credential-keys", { 0: fernetKey(), 1: fernetKey() }],
    ...Object.entries(encrypted?.secrets ?? {}),
  ]);
  const api = await serveSecrets(secrets);
  const ports: Record<string, number> = {
    kubernetes: api.port,
    ...Object.fromEntries(await Promise.all(Object.keys(projects).map(withPort))),
  };
  const runners = new Map<string, Runner>();
  const apis: ChildProcess[] = [];
  let count = 0;

  const placed = ({ project }: Service, container: Container): Program => {
    const root = join(home, String(count++));
    mkdirSync(root);
    return place(root, project, container, { environment, home, secrets, ports, uwsgi: encrypted?.uwsgi });
  };

  return {
    run: (service, container) => {
      const program = placed(service, container);
      const runner = runners.get(program.file) ?? startRunner(join(environment, "bin/python3"));
      runners.set(program.file, runner);
      return runner.run(program);
    },
    serve: async (service, probe) => {
      const container = service.containers.find(({ name }) => name === "Deployment/api/api")!;
      const { file, args, env } = placed(service, container);
      // One process each: four of them would take minutes to import what one has imported.
      const child = start([file, ...args, "--strict", "--processes", "1"], env);
      apis.push(child);
      let said = "";
      for (const stream of [child.stdout!, child.stderr!])
        stream.on("data", (text) => {
          said = (said + text).slice(-5000);
        });
      const url = `http${encrypted === undefined ? "" : "s"}://127.0.0.1:${ports[service.project]}`;
      const deadline = Date.now() + startLimit;
      while (!(await answers(url + probe, encrypted?.ca)))
        if (child.exitCode !== null || Date.now() > deadline)
          throw new Error(`${service.name} does not answer: ${said}`);
      return url;
    },
    stop: () => Promise.all(apis.map((child) => end(child, "SIGTERM"))),
    remove: async () => {
      // uwsgi takes its workers with it on SIGINT, which it would leave behind on SIGKILL.
      const running = [...apis, ...[...runners.values()].map(({ process }) => process)];
      await Promise.all(running.map((child) => end(child, "SIGINT")));
      api.server.close();
      rmSync(home, { recursive: true, maxRetries: 5 });
    },
  };
}

/** Milliseconds; far above what a start takes on a busy machine. */
const startLimit = 120_000;

interface Runner {
  readonly process: ChildProcess;
  readonly run: (program: Program) => Promise<Ended>;
}

/** A process of runner.py, which is told one program at a time. */
function startRunner(python: string): Runner {
  const process = start([python, join(import.meta.dirname, "runner.py")], {});
  let said = "";
  process.stderr!.on("data", (text) => {
    said += text;
  });
  const answers = createInterface({ input: process.stdout! })[Symbol.asyncIterator]();
  return {
    process,
    run: async ({ file, args, env }) => {
      process.stdin!.write(`${JSON.stringify({ program: file, arguments: args, environment: env })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`runner.py: ${said}`);
      return JSON.parse(value);
    },
  };
}

const start = ([...command]: string[], env: Readonly<Record<string, string>>): ChildProcess => {
  const [file, ...args] = [...asPods, ...command];
  return spawn(file!, args, { env: { HOME: tmpdir(), ...env, PATH: env.PATH ?? process.env.PATH } });
};

const end = (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once("exit", resolve).kill(signal);
  });

/** A database whose readers do not keep others from writing, as in MariaDB. */
function prepareDatabase(file: string): void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL");
  database.close();
}

const fernetKey = (): Buffer => Buffer.from(randomBytes(32).toString("base64url").padEnd(44, "="));

const answers = (url: string, ca: Buffer | undefined): Promise<boolean> =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = { agent: false, signal: AbortSignal.timeout(5000) } as const;
    const request = ca === undefined ? http.get(url, asked) : https.get(url, { ...asked, ca });
    request.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
  }).then(
    (status) => status === 200,
    () => new Promise((resolve) => setTimeout(() => resolve(false), 200)),
  );

/** The name with a port that is free. */
const withPort = (name: string): Promise<[string, number]> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve([name, port]));
    });
  });
