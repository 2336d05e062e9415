import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { compiled } from "../tools/compiled.ts";

/** Where a file of tests runs the real program and git: a folder of its own, since files that share a worker share modules. */
export function workFolder() {
  const folder = mkdtempSync(join(tmpdir(), "overstack-cli-"));
  const people = ["AUTHOR", "COMMITTER"].flatMap((who) => [
    [`GIT_${who}_NAME`, "a"],
    [`GIT_${who}_EMAIL`, "a@example.org"],
  ]);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    ...compiled,
    ...Object.fromEntries(people),
  };
  return {
    folder,
    removeFolder: () => rmSync(folder, { recursive: true, force: true }),
    /** Runs the program in a folder below. */
    overstack: (args: readonly string[], cwd = ".", more: Record<string, string> = {}): SpawnSyncReturns<string> =>
      spawnSync(process.execPath, [resolve("generator/cli/main.ts"), ...args], {
        cwd: join(folder, cwd),
        encoding: "utf8",
        env: { ...env, ...more },
      }),
    /** The same while this process has something else to do: to be its server. */
    started: async (args: readonly string[], cwd = ".", more: Record<string, string> = {}) => {
      const child = spawn(process.execPath, [resolve("generator/cli/main.ts"), ...args], {
        cwd: join(folder, cwd),
        env: { ...env, ...more },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, stderr, [status]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, "close"),
      ]);
      return { status: status as number, stdout, stderr };
    },
    /** Runs git there. */
    git: (args: readonly string[], cwd: string): string =>
      spawnSync("git", args, { cwd: join(folder, cwd), encoding: "utf8", env }).stdout,
  };
}
