import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { until } from "../../cluster/processes.ts";
import { running } from "../../cluster/running.ts";
import { cache, programs } from "../programs.ts";
import { proofOf } from "../proof.ts";

/* A run of these tests that is killed. */
const proof = proofOf("A run of these tests is killed", `Kubernetes ${programs.kubelet.version.slice(1)}`);

/** What a run makes, by kind. */
function traces(): Record<string, string[]> {
  const all = running();
  const lines = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: "utf8" }).split("\n");
  return {
    processes: all.map(({ id, command }) => `${command.slice(0, 80)} ${id}`),
    "network namespaces": [...new Set(all.map(({ spaces: [, , network] }) => network))],
    mounts: readFileSync("/proc/self/mountinfo", "utf8").split("\n"),
    "network devices": lines("ip", "-oneline", "-brief", "link").map((line) => line.split(/\s/)[0]!),
    "control groups": lines("find", "/sys/fs/cgroup", "-type", "d", "-name", "run-*"),
    "folders of disks": readdirSync(join(cache, "hosts")),
  };
}

test("a run that is killed leaves nothing behind", async () => {
  const before = traces();
  const left = (): string[] => {
    const now = traces();
    return Object.entries(now).flatMap(([kind, names]) => {
      const more = names.filter((name) => !before[kind]!.includes(name));
      return more.length === 0 ? [] : [`${kind}: ${more.join(", ")}`];
    });
  };
  const { OVERSTACK_LOGS: _, OVERSTACK_RUN: __, ...env } = process.env;
  const args = ["test/openstack/run.ts", "test/openstack/scenarios/1-hosts.test.ts"];
  const run = spawn(process.execPath, args, { env, stdio: "ignore" });
  const pods = () => running().filter(({ command }) => command.includes("containerd-shim")).length >= 3;
  await until("pods of the run", pods, { seconds: 300 });
  const made = Object.keys(traces()).filter((kind) => left().some((line) => line.startsWith(kind)));
  run.kill("SIGKILL");
  await until("its end", () => left().length === 0, { seconds: 120 }).catch(() => {});
  proof.see({
    what: `its first process is killed while pods run; it had made ${made.join(", ")}`,
    expected: "nothing is left",
    seen: left().join("; ") || "nothing is left",
    holds: left().length === 0,
  });
  proof.write();
});
