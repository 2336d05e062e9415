import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "./processes.ts";
import { type Running, running, spacesOf } from "./running.ts";

/* A run inside this one, which is killed in the middle. */
test("a killed run leaves no process, no namespace and no mount behind", async () => {
  const mounts = readFileSync("/proc/self/mounts", "utf8");
  const folder = mkdtempSync(join(tmpdir(), "overstack-killed-"));
  const run = spawn(process.execPath, ["test/cluster/run.ts", "test/cluster/admission.test.ts"], {
    env: { ...process.env, TMPDIR: folder },
    stdio: "ignore",
  });
  const ofRun = await until("its API server", () => {
    const found = below(run.pid!);
    return found.some(({ command }) => command.includes("kube-apiserver")) && found;
  });
  const own = spacesOf("self");
  const spaces = new Set(ofRun.flatMap(({ spaces }) => spaces).filter((space) => !own.includes(space)));
  // Processes, mounts and network of the run, mounts and network of its cluster.
  expect(spaces.size).toBe(5);

  run.kill("SIGKILL");
  const wasOfRun = ({ id, spaces: in_ }: Running) =>
    ofRun.some((process) => process.id === id) || in_.some((space) => spaces.has(space));
  // A namespace is there for as long as a process is in it, and its mounts as long as the namespace.
  await until("the end of all that it has started", () => !running().some(wasOfRun));
  expect(readFileSync("/proc/self/mounts", "utf8")).toBe(mounts);
  rmSync(folder, { recursive: true });
});

/** A process and all that it has started, and those in turn. */
function below(root: number): Running[] {
  const all = running();
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}
