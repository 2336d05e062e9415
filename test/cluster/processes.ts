import { type ChildProcess, spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A running program. */
export interface Process {
  readonly name: string;
  /** What it has written so far. */
  log(): string;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
  /** Undefined while it runs. */
  exit(): string | undefined;
}

/** Starts a program in a folder; its output goes to a file of the run (run.ts says where). */
export function start(
  name: string,
  file: string,
  args: readonly string[],
  { folder, environment = {} }: { folder: string; environment?: Record<string, string> },
): Process {
  const path = join(process.env.OVERSTACK_LOGS ?? folder, `${basename(folder)}-${name}.log`);
  const output = openSync(path, "a");
  const child: ChildProcess = spawn(file, args, {
    cwd: folder,
    stdio: ["ignore", output, output],
    env: { ...process.env, ...environment },
  });
  let exit: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      exit = error.message;
      resolve();
    });
    child.once("exit", (code, signal) => {
      exit = `ended with ${signal ?? code}`;
      resolve();
    });
  });
  return {
    name,
    log: () => readFileSync(path, "utf8"),
    exit: () => exit,
    async stop() {
      child.kill("SIGTERM");
      const killing = setTimeout(() => child.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(killing);
    },
  };
}

/** Against hanging, not for speed: far above what a busy machine takes. */
const longest = 1500;

/**
 * Resolves with the first result of `look` that is neither undefined nor false; a throw of it counts as not yet. Throws
 * after `seconds` with what `look` last said, or at once when one of the processes has ended, with the end of its log.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { seconds = longest, processes = [] }: { seconds?: number; processes?: readonly Process[] } = {},
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last: unknown;
  // Often at first: most of what tests wait for takes a moment or many seconds, and every look takes time from the others.
  for (let pause = 250; ; pause = Math.min(pause * 1.5, 2000)) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      last = error;
    }
    const dead = processes.find((process) => process.exit() !== undefined);
    if (dead !== undefined)
      throw new Error(`${dead.name} ${dead.exit()}, waiting for ${what}:\n${dead.log().slice(-4000)}`);
    if (performance.now() > end)
      throw new Error(`${what}: not seen within ${seconds} s${last === undefined ? "" : `: ${String(last)}`}`);
    await sleep(pause);
  }
}
