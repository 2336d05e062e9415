import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { until } from "../../cluster/processes.ts";
import { cache, programs } from "../programs.ts";
import { proofOf } from "../proof.ts";

/* A run of these tests that is killed. */
const proof = proofOf("A run of these tests is killed", `Kubernetes ${programs.kubelet.version.slice(1)}`);

interface Process {
  readonly pid: string;
  readonly name: string;
  readonly network: string;
}

/** All processes that do anything; one that has ended and was not waited for does not. */
function processes(): Process[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const [, name, state] = /\((.*)\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))!;
      return state === "Z" ? [] : [{ pid, name: name!, network: readlinkSync(`/proc/${pid}/ns/net`) }];
    } catch {
      // No process, or gone meanwhile.
      return [];
    }
  });
}

/** What a run makes, by kind. */
function traces(): Record<string, string[]> {
  const running = processes();
  const lines = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: "utf8" }).split("\n");
  return {
    processes: running.map(({ pid, name }) => `${name} ${pid}`),
    "network namespaces": [...new Set(running.map(({ network }) => network))],
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
  const pods = () => processes().filter(({ name }) => name.startsWith("containerd-shim")).length >= 3;
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
