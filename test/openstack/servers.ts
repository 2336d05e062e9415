import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "../cluster/processes.ts";
import { type Client, namespace } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { makeGuest } from "./guest.ts";

/** Puts the image of a server into Glance: a disk with nothing on it, started with a kernel and files of its own, and these words for it. */
export function registerGuest(cluster: Cluster, client: Client, name: string, words: string): void {
  const { kernel, ramdisk } = makeGuest();
  const create = (...args: readonly string[]): string =>
    JSON.parse(client("openstack", "image", "create", ...args, "--format", "json")).id;
  const [kernel_id, ramdisk_id] = [
    ["kernel", kernel, "aki"],
    ["ramdisk", ramdisk, "ari"],
  ].map(([part, file, format]) => {
    cluster.kubectl("cp", file!, `${namespace}/client:/tmp/${part}`);
    return create(`${name}-${part}`, "--file", `/tmp/${part}`, "--disk-format", format!, "--container-format", format!);
  });
  client("truncate", "--size=1M", "/tmp/disk");
  const properties = { kernel_id, ramdisk_id, os_command_line: words };
  create(
    ...[name, "--file", "/tmp/disk", "--disk-format", "raw", "--container-format", "bare"],
    ...Object.entries(properties).flatMap(([key, value]) => ["--property", `${key}=${value}`]),
  );
}

/** Opens the console of a server at the proxy of a cell as a browser's page does; what its display is called. */
export function openConsole(cluster: Cluster, client: Client, name: string, cell: string): string {
  const script = join(import.meta.dirname, "console.py");
  cluster.kubectl("cp", script, `${namespace}/client:/tmp/console.py`);
  const { url } = JSON.parse(client("openstack", "console", "url", "show", "--novnc", name, "--format", "json"));
  const proxy = `nova-novncproxy-proxy-${cell}.${namespace}.svc.cluster.local`;
  return client("python3", "/tmp/console.py", url, proxy, "6080").trim();
}

/** Outside of the cloud: who asks for floating addresses comes from here. */
const outside = "203.0.113.1/24";

/** Gives the machine of the tests an address in the network that the hosts' second further cable leads to. */
export function goOutside(cluster: Cluster): void {
  const [program, ...enter] = cluster.enter;
  execFileSync(program!, [...enter, "ip", "address", "replace", outside, "dev", "outside"]);
}

/** A server of the cloud, as its users know it. */
export interface Server {
  id(): string;
  status(): string;
  /** Name that libvirt has for it. */
  domain(): string;
  /** Name of the host that it is on. */
  host(): string;
  /** Resolves when it has written this to its console; the seconds that it took. */
  says(text: string, seconds: number): Promise<number>;
}

/** A server that was asked for. */
export const serverNamed = (client: Client, name: string): Server => {
  const shown = () => JSON.parse(client("openstack", "server", "show", name, "--format", "json"));
  return {
    id: () => shown().id,
    status: () => shown().status,
    domain: () => shown()["OS-EXT-SRV-ATTR:instance_name"],
    host: () => shown()["OS-EXT-SRV-ATTR:host"],
    async says(text, seconds) {
      const began = performance.now();
      const console = () => client("openstack", "console", "log", "show", name);
      await until(`"${text}" on the console of ${name}`, () => console().includes(text), { seconds });
      return (performance.now() - began) / 1000;
    },
  };
};

/** Five pings in a second from outside; what is returned ends them and says how many of those in between were lost. */
export function pinging(
  cluster: Cluster,
  address: string,
): () => Promise<{ readonly sent: number; readonly lost: number }> {
  const [program, ...enter] = cluster.enter;
  const child = spawn(program!, [...enter, "ping", "-n", "-i", "0.2", address], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const answered = new Set<number>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [, sequence] = /icmp_seq=(\d+) ttl/.exec(line) ?? [];
    if (sequence !== undefined) answered.add(Number(sequence));
  });
  return async () => {
    const before = answered.size;
    await until(`an answer of ${address}`, () => answered.size > before, { seconds: 120 });
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    const sent = Math.max(...answered) - Math.min(...answered) + 1;
    return { sent, lost: sent - answered.size };
  };
}
