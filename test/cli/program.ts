import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const folder = mkdtempSync(join(tmpdir(), "overstack-cli-"));
export const removeFolder = () => rmSync(folder, { recursive: true, force: true });

const env = {
  PATH: process.env.PATH,
  HOME: folder,
  GIT_CONFIG_NOSYSTEM: "1",
  ...Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((who) => [
      [`GIT_${who}_NAME`, "a"],
      [`GIT_${who}_EMAIL`, "a@example.org"],
    ]),
  ),
};

/** Runs the real program in a folder below the test's own. */
export const overstack = (
  args: readonly string[],
  cwd = ".",
  more: Record<string, string> = {},
): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [resolve("generator/cli/main.ts"), ...args], {
    cwd: join(folder, cwd),
    encoding: "utf8",
    env: { ...env, ...more },
  });

/** Runs git there. */
export const git = (args: readonly string[], cwd: string): string =>
  spawnSync("git", args, { cwd: join(folder, cwd), encoding: "utf8", env }).stdout;
