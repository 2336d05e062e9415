import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releases } from "../../generator/contract/release.ts";
import { build } from "../cluster/build.ts";
import { programs } from "../cluster/programs.ts";
import { installPackages } from "../tools/debian.ts";
import { serversRoot, toozOf } from "./programs.ts";

/*
 * `npm run test:coordination [-- test files]`, as root on a Debian: real members of Valkey and etcd, each with a network link of its
 * own, and the tooz of each release. Each file has namespaces of its own, and what runs there ends with them.
 */
if (process.getuid?.() !== 0) throw new Error("Members with users and links of their own need root: run this as root.");
installPackages({ ip: "iproute2", mmdebstrap: "mmdebstrap" });
await build(programs.etcd);
serversRoot();
for (const release of releases) await toozOf(release);

const logs = mkdtempSync(join(tmpdir(), "overstack-logs-"));
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/coordination/vitest.config.ts"];
const given = process.argv.slice(2);
const named = given.filter((word) => word.endsWith(".test.ts"));
const files = named.length > 0 ? named : globSync("test/coordination/*.test.ts").sort();
for (const file of files) {
  const { status, error } = spawnSync(
    "setpriv",
    [
      // However this process ends, unshare ends with it.
      ...["--pdeathsig", "KILL", "unshare"],
      ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
      ...[process.execPath, ...vitest, file, ...given.filter((word) => !named.includes(word))],
    ],
    { stdio: "inherit", env: { ...process.env, OVERSTACK_LOGS: logs } },
  );
  if (error !== undefined) throw error;
  if (status !== 0) process.exitCode = status ?? 1;
}
if (process.exitCode === undefined) rmSync(logs, { recursive: true });
else console.log(`What the members said: ${logs}`);
