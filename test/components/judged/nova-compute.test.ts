import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ask, eventually } from "../../config/ask.ts";
import type { Worker } from "../../config/cloud.ts";
import type { Service } from "../../config/clusters.ts";
import { releasesOf } from "../../config/installed.ts";
import { adminToken, restart, runCron, runJobs, startAlone, workersOf } from "../../config/small-cloud.ts";
import { imageFiles, labCache } from "../../tools/lab-programs.ts";

/** libvirt and QEMU of Debian trixie, which stand for the image, with a kernel for guests. */
const image = () =>
  imageFiles(join(labCache("compute"), "trixie-compute-1"), {
    packages: [
      ...["libvirt-daemon-system", "libvirt-clients", "qemu-system-x86", "qemu-utils", "seabios", "util-linux"],
      ...["busybox-static", "linux-image-cloud-amd64"],
    ],
    folders: ["etc/overstack", "run/libvirt", "run/lock", "run/openvswitch", "var/cache/libvirt", "var/lib/nova"],
  });

/** A machine that says on its serial line that it is alive, each second. */
function guest(root: string): { readonly kernel: Buffer; readonly ramdisk: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), "overstack-guest-"));
  mkdirSync(join(folder, "bin"));
  cpSync(join(root, "usr/bin/busybox"), join(folder, "bin/busybox"));
  const init = `#!/bin/busybox sh
/bin/busybox mkdir -p /dev
/bin/busybox mount -t devtmpfs none /dev
n=0
while :; do n=$((n+1)); echo "alive $n" >/dev/ttyS0; /bin/busybox sleep 1; done
`;
  writeFileSync(join(folder, "init"), init, { mode: 0o755 });
  const pack = "find . | /bin/busybox cpio -o -H newc 2>/dev/null | gzip";
  const ramdisk = execFileSync("sh", ["-c", pack.replace("/bin/busybox", join(root, "usr/bin/busybox"))], {
    cwd: folder,
  });
  rmSync(folder, { recursive: true });
  return { kernel: readFileSync(globSync(join(root, "boot/vmlinuz-*"))[0]!), ramdisk };
}

/** Control groups of a pod, in each hierarchy of this machine. */
const hierarchies = (): string[] =>
  readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([, place, type]) => (type === "cgroup" || type === "cgroup2" ? [place!] : []));

/** A shell's way into the control groups of a pod, as a container runtime would have put it there. */
const intoPod = (pod: string): string => `
for place in ${hierarchies().join(" ")}; do
  mkdir -p $place/${pod}
  for file in cpuset.cpus cpuset.mems; do
    if [ -f $place/${pod}/$file ] && [ ! -s $place/cgroup.controllers ]; then cat $place/$file >$place/${pod}/$file; fi
  done
  echo $$ >$place/${pod}/cgroup.procs
done
`;

const processesIn = (pod: string): string[] => [
  ...new Set(
    hierarchies().flatMap((place) => {
      const file = join(place, pod, "cgroup.procs");
      return existsSync(file)
        ? readFileSync(file, "utf8")
            .split("\n")
            .filter((line) => line !== "")
        : [];
    }),
  ),
];

/** What a container runtime and the kubelet do with a pod: everything in its control groups ends at once. */
async function removePod(pod: string): Promise<void> {
  for (let left = processesIn(pod); left.length > 0; left = processesIn(pod)) {
    for (const pid of left) execFileSync("sh", ["-c", `kill -9 ${pid} 2>/dev/null || :`]);
    await sleep(100);
  }
  for (const place of hierarchies()) if (existsSync(join(place, pod))) rmdirSync(join(place, pod));
}

describe.each(releasesOf("nova"))("Nova %s", (release) => {
  test("starts a server on a node, which outlives libvirt and the compute service", async ({ onTestFinished }) => {
    const root = image();
    const node = mkdtempSync(join(tmpdir(), "overstack-node-"));
    const machines = () =>
      globSync(join(node, "run/libvirt/qemu/instance-*.pid")).map((file) => Number(readFileSync(file, "utf8")));
    const runs = (pid: number) => existsSync(`/proc/${pid}`);
    const pods: string[] = [];
    onTestFinished(async () => {
      for (const pid of machines().filter(runs)) process.kill(pid, "SIGKILL");
      for (const pod of pods) await removePod(pod);
      rmSync(node, { recursive: true });
    });
    const small = await startAlone("nova", release, onTestFinished, { infrastructure: true, node });
    const { cloud } = small;
    const admin = { ...(await adminToken(small)), "OpenStack-API-Version": "compute 2.90, placement 1.36" };
    const api = small.urls.get("api")!;
    const call = async <T>(url: string, body?: object, method?: string): Promise<T> => {
      const { status, body: said } = await ask(url, {
        headers: admin,
        ...(body && { body }),
        ...(method && { method }),
      });
      if (status === undefined || status >= 300) throw new Error(`${url}: ${status} ${JSON.stringify(said)}`);
      return said as T;
    };

    // A cell, and what stands above it.
    const nova = small.changed("nova", {});
    const cell = small.changed("nova-cell-cell1", {});
    await runJobs(cloud, cell, "expand");
    await restart(cloud, nova);
    const named = (service: Service, host: string): Worker[] =>
      workersOf(service).map((worker) =>
        cloud.start(service, { ...worker, environment: { ...worker.environment, OS_DEFAULT__HOST: host } }),
      );
    const above = [...named(nova, "nova-0"), ...named(cell, "cell-0")];

    // The node: libvirt in a pod of its own control groups, and the compute service.
    const libvirt = small.changed("libvirt-cell1-all", {});
    const compute = small.changed("nova-compute-cell1-all", {});
    const startLibvirt = (pod: string): Worker => {
      const [container] = workersOf(libvirt);
      const [shell, option, script] = container!.command;
      pods.push(pod);
      return cloud.start(libvirt, { ...container!, command: [shell!, option!, intoPod(pod) + script] }, root);
    };
    const startCompute = (): Worker => named(compute, "node-1")[0]!;
    const alive = (...workers: Worker[]) => {
      const dead = workers.find((worker) => worker.hasEnded());
      if (dead !== undefined) throw new Error(dead.said());
    };
    // On a node that is new both begin at once: the one that needs the other waits for it.
    const agent = startCompute();
    await eventually(() => agent.said().includes("waiting for libvirt"));
    const first = startLibvirt("overstack-test-pod-1");

    // It registers in its cell, is found, and offers what the node has.
    interface Row {
      readonly id: string;
      readonly binary: string;
      readonly host: string;
      readonly state: string;
    }
    const isUp = async () => {
      const { services } = await call<{ services: Row[] }>(`${api}/v2.1/os-services`);
      return services.some(
        ({ binary, host, state }) => binary === "nova-compute" && host === "node-1" && state === "up",
      );
    };
    await eventually(() => {
      alive(first, agent, ...above);
      return isUp();
    });
    await runCron(cloud, nova, "discover-hosts");
    const placement = small.running.get("placement")!.urls.get("api")!;
    const providers = await eventually(async () => {
      const { resource_providers: found } = await call<{ resource_providers: { uuid: string }[] }>(
        `${placement}/resource_providers`,
      );
      return found.length > 0 && found;
    });
    expect(providers.map(({ uuid }) => uuid)).toEqual([
      readFileSync(join(node, "var/lib/nova/compute_id"), "utf8").trim(),
    ]);

    // A second one on the same node says why it does not start.
    const second = startCompute();
    expect(await second.ended).toBe(1);
    expect(second.said()).toContain("another nova-compute works on this node");

    // A server without a network, from a kernel and its first files.
    const glance = small.running.get("glance")!.urls.get("api")!;
    const upload = async (name: string, format: string, data: Buffer, more: object = {}): Promise<string> => {
      const fields = { name, disk_format: format, container_format: format === "raw" ? "bare" : format, ...more };
      const { id } = await call<{ id: string }>(`${glance}/v2/images`, fields);
      const headers = { ...admin, "Content-Type": "application/octet-stream" };
      const { status } = await ask(`${glance}/v2/images/${id}/file`, { method: "PUT", headers, body: [data] });
      expect(status).toBe(204);
      return id;
    };
    const { kernel, ramdisk } = guest(root);
    const imageRef = await upload("guest", "raw", Buffer.alloc(1 << 20), {
      kernel_id: await upload("kernel", "aki", kernel),
      ramdisk_id: await upload("ramdisk", "ari", ramdisk),
      os_command_line: "console=ttyS0",
    });
    const size = { name: "small", ram: 192, vcpus: 1, disk: 1 };
    const { flavor } = await call<{ flavor: { id: string } }>(`${api}/v2.1/flavors`, { flavor: size });
    const wanted = { name: "one", imageRef, flavorRef: flavor.id, networks: "none" };
    const { server } = await call<{ server: { id: string } }>(`${api}/v2.1/servers`, { server: wanted });
    const one = `${api}/v2.1/servers/${server.id}`;
    const has = async (status: string) => {
      const { server: now } = await call<{ server: { status: string; fault?: object } }>(one);
      if (now.status === "ERROR") throw new Error(`${JSON.stringify(now.fault)} ${agent.said()} ${first.said()}`);
      return now.status === status;
    };
    await eventually(() => has("ACTIVE"));
    const [machine] = machines();
    const beats = async () => {
      const { output } = await call<{ output: string }>(`${one}/action`, { "os-getConsoleOutput": { length: 5 } });
      return Number(/alive (\d+)\s*$/.exec(output)?.[1] ?? 0);
    };
    await eventually(beats);
    expect(readFileSync(`/proc/${machine}/cgroup`, "utf8")).not.toContain("overstack-test-pod");

    // The compute service ends as its pod does, and comes back to the same host.
    await agent.stop();
    const again = startCompute();
    await eventually(() => again.said().includes("compute") || again.hasEnded());
    expect(await has("ACTIVE")).toBe(true);

    // The pod of libvirt is removed with all that is in it. The machine goes on, and the next pod finds it.
    await removePod("overstack-test-pod-1");
    expect(await first.ended).not.toBe(0);
    await eventually(() => !existsSync("/proc/self") || readdirSync("/proc").every((pid) => !isLibvirtOf(pid, node)));
    expect(runs(machine!)).toBe(true);
    const next = startLibvirt("overstack-test-pod-2");
    await eventually(async () => {
      alive(next, again);
      return (await beats().catch(() => 0)) > 0 && isUp();
    });
    const before = await beats();
    await eventually(async () => (await beats()) > before);
    expect(machines()).toEqual([machine]);

    // Whoever asks for the end of the server gets it.
    await ask(one, { method: "DELETE", headers: admin });
    await eventually(async () => (await ask(one, { headers: admin })).status === 404);
    expect(runs(machine!)).toBe(false);
  });
});

/** It is a libvirtd with that folder as its node's. */
function isLibvirtOf(pid: string, node: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "libvirtd" &&
      readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(node)
    );
  } catch {
    return false;
  }
}
