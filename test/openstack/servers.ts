import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "../cluster/processes.ts";
import { type Client, namespace } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { makeGuest } from "./guest.ts";

/** Puts the image of a server into Glance: a disk with nothing on it, started with a kernel and files of its own, and these words for it. */
function registerGuest(cluster: Cluster, client: Client, name: string, words: string): void {
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

/** A server that a scenario wants: on which host, with which address. */
export interface Wanted {
  readonly name: string;
  readonly host: string;
  readonly address: string;
}

/** Waits for nova-compute on so many hosts; how many Nova starts servers on. */
export async function usableHosts(cluster: Cluster, client: Client, all: number): Promise<number> {
  const up = (...what: readonly string[]): number =>
    (JSON.parse(client("openstack", ...what, "--format", "json")) as readonly { readonly State: string }[]).filter(
      ({ State }) => State === "up",
    ).length;
  const services = () => up("compute", "service", "list", "--service", "nova-compute") === all;
  await until("all compute services", services, { seconds: 300 });
  // Not to wait for ten minutes.
  cluster.kubectl("-n", namespace, "create", "job", `discover-${all}`, "--from=cronjob/nova-discover-hosts");
  await until("all hypervisors", () => up("hypervisor", "list") === all, { seconds: 300 });
  return up("hypervisor", "list");
}

/** Makes what servers need: an image of the guest, a flavor, and a network in which they answer each other. */
export function prepare(cluster: Cluster, client: Client, wanted: readonly Wanted[]): void {
  registerGuest(cluster, client, "guest", `console=ttyS0 peers=${wanted.map(({ address }) => address).join()}`);
  client("openstack", "flavor", "create", "tiny", "--ram", "256", "--disk", "1", "--vcpus", "1");
  client("openstack", "network", "create", "inside");
  client("openstack", "subnet", "create", "inside", "--network", "inside", "--subnet-range", "10.0.0.0/24");
  client("openstack", "security", "group", "create", "open");
  client("openstack", "security", "group", "rule", "create", "open", "--protocol", "icmp");
}

/** Starts a server; the status that it comes to. */
export async function startServer(client: Client, { name, host, address }: Wanted): Promise<string> {
  const network: string = JSON.parse(client("openstack", "network", "show", "inside", "--format", "json")).id;
  client(
    ...(["openstack", "--os-compute-api-version", "2.74", "server", "create", name] as const),
    ...["--image", "guest", "--flavor", "tiny", "--security-group", "open", "--host", host],
    ...["--nic", `net-id=${network},v4-fixed-ip=${address}`],
  );
  const server = serverNamed(client, name);
  const settled = () => (server.status() === "BUILD" ? false : server.status());
  return until(`${name} on ${host}`, settled, { seconds: 600 });
}

/** Moves a server to a host while it runs; resolves when it is there. */
export async function moveServer(client: Client, name: string, host: string): Promise<void> {
  // From this version on Nova looks itself whether disks have to move, too.
  const version = ["--os-compute-api-version", "2.30"];
  client("openstack", ...version, "server", "migrate", "--live-migration", "--host", host, name);
  const server = serverNamed(client, name);
  const settled = () => server.host() === host && server.status() === "ACTIVE";
  await until(`${name} on ${host}`, settled, { seconds: 300 });
}

/** Lets a server answer at an address outside of the cloud; resolves when it does. */
export async function giveFloating(cluster: Cluster, client: Client, name: string, address: string): Promise<void> {
  client(
    ...(["openstack", "network", "create", "outside", "--external"] as const),
    ...["--provider-network-type", "flat", "--provider-physical-network", "outside"],
  );
  client(
    ...(["openstack", "subnet", "create", "outside", "--network", "outside", "--no-dhcp"] as const),
    ...["--subnet-range", "203.0.113.0/24", "--gateway", "203.0.113.1"],
    ...["--allocation-pool", "start=203.0.113.10,end=203.0.113.99"],
  );
  client("openstack", "router", "create", "router", "--external-gateway", "outside");
  client("openstack", "router", "add", "subnet", "router", "inside");
  client("openstack", "floating", "ip", "create", "outside", "--floating-ip-address", address);
  client("openstack", "server", "add", "floating", "ip", name, address);
  goOutside(cluster);
  await pinging(cluster, address)();
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
function goOutside(cluster: Cluster): void {
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
