import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import type { Program } from "./place.ts";

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly said: string;
}

export interface Runner {
  readonly process: ChildProcess;
  readonly run: (program: Program) => Promise<Ended>;
}

/** A process of runner.py in a virtual environment, which is told one program at a time. */
export function startRunner(environment: string): Runner {
  const process = spawn(join(environment, "bin/python3"), [join(import.meta.dirname, "runner.py")]);
  let said = "";
  process.stderr.on("data", (text) => {
    said += text;
  });
  const answers = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  return {
    process,
    run: async ({ root, file, args, env }) => {
      process.stdin.write(`${JSON.stringify({ root, program: file, arguments: args, environment: env })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`runner.py: ${said}`);
      return JSON.parse(value);
    },
  };
}

/** Sends a signal and waits for the end: the exit code, or the signal that was the end. */
export const end = (child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? child.signalCode);
    else child.once("exit", (code, by) => resolve(code ?? by)).kill(signal);
  });

/** Ends at once whatever is left of a process group. */
export function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

/** A database whose readers do not keep others from writing, as in MariaDB; the file. */
export function prepareDatabase(file: string): string {
  if (!existsSync(file)) {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = WAL");
    database.close();
  }
  return file;
}

/**
 * A port of this machine that nobody listens on, at no address. Each worker of this run and of others has five hundred of its
 * own, below those that the kernel gives to clients: one that was free a moment ago is not taken before its program listens.
 */
export async function freePort(): Promise<number> {
  // Workers at work at the same time have different numbers; another run has another parent.
  const first = 20_000 + ((process.ppid + Number(process.env.VITEST_POOL_ID ?? 0)) % 25) * 500;
  for (;;) {
    const port = first + (given++ % 500);
    if (await isFree(port)) return port;
  }
}
let given = 0;

/** True while nobody listens on a port. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, () => server.close(() => resolve(true)));
  });
