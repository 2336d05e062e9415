import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectManifests } from "../schemas/manifests.ts";
import { build } from "./build.ts";
import { collectDefinitions } from "./definitions.ts";
import { programs } from "./programs.ts";

/*
 * `npm run test:cluster [-- test files]`: builds what a cluster runs, then tests in namespaces of their own. The network
 * there has nothing but a loopback, so that ports are free, any name can lead to this machine, and nothing leaves it; with
 * the process namespace's first process all others end, mounts and files in memory included, however the run ends.
 */
// Two at a time, since nothing else runs while one downloads or links; those of one module share what they compile.
const modules = Map.groupBy(Object.values(programs), ({ module }) => module).values();
const buildSome = async () => {
  for (const ofModule of modules)
    for (const program of ofModule) {
      const started = performance.now();
      await build(program);
      const seconds = (performance.now() - started) / 1000;
      if (seconds > 1) console.log(`built ${program.name} ${program.version} in ${seconds.toFixed(0)} s`);
    }
};
await Promise.all([buildSome(), buildSome()]);

await collectDefinitions();
await collectManifests();

const logs = mkdtempSync(join(tmpdir(), "overstack-logs-"));
const own = process.getuid?.() === 0 ? [] : ["--map-root-user"];
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/cluster/vitest.config.ts"];
const { status, error } = spawnSync(
  "setpriv",
  [
    // However this process ends, unshare ends with it.
    ...["--pdeathsig", "KILL", "unshare"],
    ...own,
    ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
    ...[process.execPath, ...vitest, ...process.argv.slice(2)],
  ],
  { stdio: "inherit", env: { ...process.env, OVERSTACK_LOGS: logs } },
);
if (error !== undefined) throw error;
if (status === 0) rmSync(logs, { recursive: true });
else console.log(`What the programs of the clusters said: ${logs}`);
process.exitCode = status ?? 1;
