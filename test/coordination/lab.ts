import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../cluster/build.ts";
import { programs } from "../cluster/programs.ts";
import { authority, type Pair } from "../config/certificates.ts";
import { run } from "../config/environment.ts";
import { type MemberContainer, type Members, namespace, type Pod } from "./members.ts";
import { serversRoot } from "./programs.ts";

const folder = "/run/overstack";
const network = "10.77.0";
/** Where this process is, and with it what stands for Services. */
export const outside = `${network}.1`;
/** The CA, as clients of the outside find it. */
export const caFile = `${folder}/certificates/ca.crt`;
/** URL of a service, as its clients of the outside have it. */
export const urlOf = ({ url }: Pick<Members, "url">): string => url.replaceAll("/etc/ssl/internal/ca.crt", caFile);

const hosts = new Map<string, string>([["localhost", "127.0.0.1"]]);
let addresses = 10;
let root = "";

/** Files of the servers, Services in front of them, and further names that their certificates have. */
interface Servers {
  readonly files: string;
  readonly services: readonly string[];
  readonly names: readonly string[];
}
const lockServers = (service: string): Servers => ({
  files: serversRoot(),
  services: [service, `${service}-sentinel`],
  names: [`*.${service}`, `*.${service}-members`],
});

/** Prepares the namespaces that run.ts has made: a bridge, names, and certificates for these. */
export async function prepare(service: string, servers = lockServers(service)): Promise<void> {
  if (process.env.OVERSTACK_LOGS === undefined) throw new Error("Start these tests with their npm run command.");
  root = servers.files;
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
  mkdirSync(`${folder}/certificates`, { recursive: true });
  writeFileSync(`${folder}/hosts`, "");
  execFileSync("mount", ["--bind", `${folder}/hosts`, "/etc/hosts"]);
  const etcd = join(root, "usr/local/bin/etcd");
  if (existsSync(etcd)) execFileSync("mount", ["--bind", await build(programs.etcd), etcd]);
  execFileSync("mount", ["--rbind", "/dev", join(root, "dev")]);
  execFileSync("mount", ["-t", "proc", "proc", join(root, "proc")]);
  ip("link", "set", "lo", "up");
  ip("link", "add", "members", "type", "bridge");
  ip("address", "add", `${outside}/24`, "dev", "members");
  ip("link", "set", "members", "up");
  for (const name of servers.services) setHost(`${name}.${domain}`, outside);
  await certify(
    ["server", "client"],
    [...servers.services, ...servers.names].map((name) => `${name}.${domain}`),
  );
}
const domain = `${namespace}.svc.cluster.local`;

/** Addresses of names, as the DNS of the cluster has them. */
export const addressOf = (name: string): string | undefined => hosts.get(name);

/** What cert-manager would write: the same names and usages as in the generated Certificate. */
async function certify(usages: readonly string[], names: readonly string[]): Promise<void> {
  const ca = await authority();
  const at = (name: string) => `${folder}/certificates/${name}`;
  const write = (name: string, pair: Pair) => {
    writeFileSync(at(`${name}.crt`), pair.certificate, { mode: 0o644 });
    writeFileSync(at(`${name}.key`), pair.key, { mode: 0o644 });
  };
  write("ca", ca);
  const { code, stderr } = await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"],
    ...["-config", "/dev/null", "-subj", "/CN=server"],
    ...["-addext", `subjectAltName=critical,${[...names, "localhost"].map((name) => `DNS:${name}`).join(",")}`],
    ...["-addext", `extendedKeyUsage=${usages.map((usage) => `${usage}Auth`).join(",")}`],
    ...["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-keyout", at("tls.key"), "-out", at("tls.crt")],
  ]);
  if (code !== 0) throw new Error(stderr);
  rmSync(at("ca.key"));
  execFileSync("chmod", ["a+r", at("tls.key")]);
}

const ip = (...args: readonly string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });

/** Puts a name into the DNS of the cluster; without an address it is taken away. */
function setHost(name: string, address?: string): void {
  if (address === undefined) hosts.delete(name);
  else hosts.set(name, address);
  // The same file: it is mounted over others.
  writeFileSync(`${folder}/hosts`, [...hosts].map(([name, address]) => `${address} ${name}\n`).join(""));
}

/** A pod that runs. */
export interface Running {
  readonly pod: Pod;
  readonly address: string;
  /** Runs a program inside; resolves with its exit code and what it wrote. */
  exec(container: string, command: readonly string[]): ReturnType<typeof run>;
  /** The words that a command inside begins with. */
  inside(container: string): readonly string[];
  log(container: string): string;
  /** Ends one container at once, and starts it again as the kubelet would. */
  restart(container: string): void;
  signal(container: string, signal: NodeJS.Signals): void;
  /** Ends all at once. Its name is gone; volumes of the pod alone too. */
  kill(): Promise<void>;
  /** Pulls the network cable of its host, or puts it back. */
  setLink(state: "up" | "down"): void;
  /** Statements of nftables about each packet that it hears or says, in place of those before; none: all of them pass. */
  filter(statements: Partial<Record<"hears" | "says", string>>): void;
}

/**
 * Starts a pod as the kubelet would: init containers one after the other, then the others. `fresh`: its claims are empty. `restarts`: a
 * container that ends starts again.
 */
export function startPod(pod: Pod, { fresh = false, restarts = false } = {}): Running {
  const address = `${network}.${addresses++}`;
  const link = `pod-${addresses}`;
  const volumes = `${folder}/volumes/${pod.name}`;
  for (const container of [...pod.first, ...pod.containers])
    for (const volume of Object.values(container.mounts))
      if (volume !== certificatesVolume) {
        if (fresh || !pod.claims.includes(volume)) rmSync(join(volumes, volume), { recursive: true, force: true });
        mkdirSync(join(volumes, volume), { recursive: true });
      }
  for (const [file, text] of Object.entries(pod.files ?? {})) writeFileSync(join(volumes, file), text);
  execFileSync("chown", ["--recursive", `${pod.user}:${pod.user}`, volumes]);
  const holder = spawn("unshare", ["--net", "--mount", "--propagation", "private", "sleep", "infinity"], {
    stdio: "ignore",
  });
  const inside = ["nsenter", "--target", String(holder.pid), "--net", "--mount"];
  waitForNamespaces(holder.pid!);
  ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", String(holder.pid));
  ip("link", "set", link, "master", "members", "up");
  for (const step of [
    ["ip", "link", "set", "lo", "up"],
    ["ip", "address", "add", `${address}/24`, "dev", "eth0"],
    ["ip", "link", "set", "eth0", "up"],
    ["mount", "--bind", namesOf(pod), join(root, "etc/hosts")],
    ...[...new Map(pod.containers.concat(pod.first).flatMap(({ mounts }) => Object.entries(mounts)))].map(
      ([path, volume]) => ["mount", "--bind", sourceOf(volumes, volume), join(root, path)],
    ),
  ])
    execFileSync(inside[0]!, [...inside.slice(1), ...step], { stdio: ["ignore", "ignore", "pipe"] });
  setHost(pod.host, address);

  const enter = (container: MemberContainer, command: readonly string[]): string[] => [
    ...inside.slice(1),
    ...["chroot", `--userspec=${pod.user}:${pod.user}`, root, "env", "--ignore-environment"],
    ...[
      "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin",
      ...Object.entries(container.environment).map(([k, v]) => `${k}=${v}`),
    ],
    ...command,
  ];
  const logOf = (name: string) => join(process.env.OVERSTACK_LOGS!, `${pod.name}-${name}.log`);
  const begin = (container: MemberContainer): ChildProcess => {
    const output = openSync(logOf(container.name), "a");
    return spawn(inside[0]!, enter(container, container.command), { stdio: ["ignore", output, output] });
  };
  const running = new Map<string, ChildProcess>();
  let ended = false;
  const start = async () => {
    for (const container of pod.first) {
      const child = begin(container);
      running.set(container.name, child);
      const [code] = (await once(child, "exit")) as [number | null];
      if (ended) return;
      if (code !== 0) throw new Error(`${container.name} of ${pod.name} ended with ${code}`);
    }
    pod.containers.forEach(keep);
  };
  const keep = (container: MemberContainer): void => {
    if (ended) return;
    const child = begin(container);
    running.set(container.name, child);
    if (restarts) child.once("exit", () => setTimeout(keep, 1000, container));
  };
  void start();
  const find = (name: string) => pod.containers.find((container) => container.name === name)!;
  return {
    pod,
    address,
    exec: (container, command) => run(inside[0]!, enter(find(container), command)),
    inside: (container) => [inside[0]!, ...enter(find(container), [])],
    log: (container) => readFileSync(logOf(container), "utf8"),
    restart: (container) => {
      running.get(container)!.kill("SIGKILL");
      running.set(container, begin(find(container)));
    },
    signal: (container, signal) => void running.get(container)!.kill(signal),
    kill: async () => {
      ended = true;
      const children = [...running.values()].filter((child) => child.exitCode === null && child.signalCode === null);
      const gone = children.map((child) => once(child, "exit"));
      for (const child of [...children, holder]) child.kill("SIGKILL");
      await Promise.all(gone);
      setHost(pod.host);
      try {
        ip("link", "delete", link);
      } catch {
        // The kernel removes it with the namespace, when it gets to it.
      }
    },
    setLink: (state) => ip("link", "set", link, state),
    filter: ({ hears = "accept", says = "accept" }) => {
      const rules = `table inet faults
delete table inet faults
table inet faults {
  chain hears { type filter hook input priority filter; ${hears}; }
  chain says { type filter hook output priority filter; ${says}; }
}
`;
      execFileSync(inside[0]!, [...inside.slice(1), "nft", "--file", "-"], { input: rules });
    },
  };
}

/** The file with the names that a pod knows: those of the cluster, or its own alone. */
function namesOf({ name, itself }: Pod): string {
  if (itself === undefined) return `${folder}/hosts`;
  const file = `${folder}/hosts-${name}`;
  writeFileSync(file, `127.0.0.1 localhost ${itself.join(" ")}\n`);
  return file;
}

const certificatesVolume = "internal-tls";
const sourceOf = (volumes: string, volume: string): string =>
  volume === certificatesVolume ? `${folder}/certificates` : join(volumes, volume);

/** unshare has made its namespaces when it has become the program that it starts. */
function waitForNamespaces(pid: number): void {
  for (let tries = 0; tries < 500; tries++) {
    if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "sleep") return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  throw new Error("a pod has no namespaces");
}
