import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "../cluster/build.ts";
import { collectDefinitions } from "../cluster/definitions.ts";
import { programs as controlPlane } from "../cluster/programs.ts";
import { collectManifests } from "../schemas/manifests.ts";
import { installPackages } from "../tools/debian.ts";
import { makeGuest } from "./guest.ts";
import { allImages } from "./images.ts";
import { operatorPrograms } from "./operators.ts";
import { packages } from "./packages.ts";
import { cache, programs } from "./programs.ts";

/*
 * `npm run test:openstack [-- test files]`, as root: builds what runs, then tests in namespaces of their own, as
 * test/cluster/run.ts does. Containers also need control groups, which are the kernel's, and a disk: both are removed by a
 * process that sees the end of the run, however it ends.
 */
if (process.getuid?.() !== 0) throw new Error("Containers with several users in them need root: run this as root.");
installPackages(packages);
const wanted = [controlPlane.apiServer, controlPlane.controllerManager, controlPlane.scheduler, controlPlane.etcd];
const flux = [controlPlane.sourceController, controlPlane.kustomizeController];
const operators = Object.values(operatorPrograms);
for (const program of [...wanted, ...flux, ...operators, ...Object.values(programs)]) await build(program);
await allImages();
makeGuest();
await collectDefinitions();
await collectManifests();

mkdirSync(join(cache, "hosts"), { recursive: true });
const folder = mkdtempSync(join(cache, "hosts", "run-"));
const group = basename(folder);
// libvirt makes some of its own for servers, at the root of the kernel's.
const groups = String.raw`\( -path "*/${group}*" -o -path "*/overstack.libvirt*" -o -path "*/machine" -o -path "*/machine/qemu-*" \)`;
const cleaning = `cat > /dev/null
for attempt in $(seq 100); do
  find /sys/fs/cgroup -depth -type d ${groups} -exec rmdir {} + 2> /dev/null
  [ -z "$(find /sys/fs/cgroup -type d -name ${group})" ] && break
  sleep 0.2
done
rm -rf "${folder}"`;
// Its input ends when the last process of the run has gone.
const cleaner = spawn("sh", ["-c", cleaning], { detached: true, stdio: ["pipe", "ignore", "inherit"] });
const logs = mkdtempSync(join(tmpdir(), "overstack-logs-"));
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/openstack/vitest.config.ts"];
const tests = spawn(
  "setpriv",
  [
    // However this process ends, unshare ends with it.
    ...["--pdeathsig", "KILL", "unshare"],
    ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
    ...[process.execPath, ...vitest, ...process.argv.slice(2)],
  ],
  {
    stdio: ["inherit", "inherit", "inherit", cleaner.stdin!],
    env: { ...process.env, OVERSTACK_LOGS: logs, OVERSTACK_RUN: folder },
  },
);
const [status] = (await once(tests, "exit")) as [number | null];
cleaner.stdin!.end();
await once(cleaner, "exit");
if (status === 0) rmSync(logs, { recursive: true });
else console.log(`What the programs of the cluster said: ${logs}`);
process.exitCode = status ?? 1;
