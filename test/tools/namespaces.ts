import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs Vitest with a configuration in namespaces of network, mounts and processes, once for each of these lists of arguments. What it
 * starts there ends with them, however it ends itself. Logs of what ran are kept when a test failed.
 */
export function testInNamespaces(config: string, runs: readonly (readonly string[])[]): void {
  if (process.getuid?.() !== 0)
    throw new Error("Members with users and links of their own need root: run this as root.");
  const logs = mkdtempSync(join(tmpdir(), "overstack-logs-"));
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", config];
  for (const args of runs) {
    const { status, error } = spawnSync(
      "setpriv",
      [
        // However this process ends, unshare ends with it.
        ...["--pdeathsig", "KILL", "unshare"],
        ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
        ...[process.execPath, ...vitest, ...args],
      ],
      { stdio: "inherit", env: { ...process.env, OVERSTACK_LOGS: logs } },
    );
    if (error !== undefined) throw error;
    if (status !== 0) process.exitCode = status ?? 1;
  }
  if (process.exitCode === undefined) rmSync(logs, { recursive: true });
  else console.log(`What the members said: ${logs}`);
}
