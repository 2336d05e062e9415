import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages } from "../tools/debian.ts";
import { serversRoot } from "./programs.ts";

/*
 * `npm run test:messaging`, as root on a Debian: real members of RabbitMQ and services with oslo.messaging, each with a network link of its
 * own. What runs there ends with the namespaces of this run.
 */
if (process.getuid?.() !== 0) throw new Error("Members with users and links of their own need root: run this as root.");
installPackages({ ip: "iproute2", mmdebstrap: "mmdebstrap", nft: "nftables" });
await serversRoot();

const logs = mkdtempSync(join(tmpdir(), "overstack-logs-"));
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/messaging/vitest.config.ts"];
const { status, error } = spawnSync(
  "setpriv",
  [
    // However this process ends, unshare ends with it.
    ...["--pdeathsig", "KILL", "unshare"],
    ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
    ...[process.execPath, ...vitest, ...process.argv.slice(2)],
  ],
  { stdio: "inherit", env: { ...process.env, OVERSTACK_LOGS: logs } },
);
if (error !== undefined) throw error;
if (status === 0) rmSync(logs, { recursive: true });
else {
  process.exitCode = status ?? 1;
  console.log(`What the members said: ${logs}`);
}
