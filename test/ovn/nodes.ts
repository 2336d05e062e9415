import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import type { Render } from "../../generator/kustomize/rendering.ts";
import { until } from "../cluster/processes.ts";
import { containersOf } from "../config/containers.ts";
import { run } from "../config/environment.ts";
import { serversRoot } from "./programs.ts";

// Nodes as network namespaces: each runs the containers that are generated for a node of a group, with the rights that these have there.

/** Programs of a node: the roles of Open vSwitch, and the controller. */
export const programs = ["database", "switch", "controller"] as const;
export type Program = (typeof programs)[number];

/** A container of a node as it is generated. */
interface Generated {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Capabilities that it keeps as root. */
  readonly rights: readonly string[];
  /** It has a folder for temporary files; nothing else of its image can be written. */
  readonly hasTmp: boolean;
  readonly ready: readonly string[];
  readonly stop: readonly string[];
}
export type NodePrograms = Readonly<Record<Program, Generated>>;

/** What runs on a node of the group `compute`; this kernel has no Open vSwitch, so its datapath is that of the program. */
export function generateNode(
  settings: object = {},
  physicalNetworks: Readonly<Record<string, string>> = {},
  ovn: object = {},
): NodePrograms {
  const nodes = { "chassis-compute": { datapath: "netdev", ...settings } };
  const { issues, rendered } = buildFrom({
    name: "eu1",
    text: `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { mode: none }
kubernetes: { version: "1.35", nodeNetworks: [10.77.0.0/24] }
nodeGroups: { compute: { roles: [hypervisor, gateway], physicalNetworks: ${JSON.stringify(physicalNetworks)} } }
infrastructure: { mariadb: { backup: none }, ovn: ${JSON.stringify(ovn)} }
services: { keystone: {} }
nodes: ${JSON.stringify(nodes)}
`,
  });
  if (rendered === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
  const of = (instance: string, role: Program) => containerOf(rendered.renders.get(instance)!, role);
  return {
    database: of("openvswitch-compute", "database"),
    switch: of("openvswitch-compute", "switch"),
    controller: of("chassis-compute", "controller"),
  };
}

function containerOf(render: Render, role: Program): Generated {
  const { spec } = render.run.objects.find(
    ({ kind, metadata }) => kind === "DaemonSet" && metadata.labels!["app.kubernetes.io/component"] === role,
  )!;
  const { template } = spec as { readonly template: { readonly spec: IPodSpec } };
  const [{ readinessProbe, lifecycle, securityContext }] = template.spec.containers as [IContainer];
  const { command, environment, folders } = containersOf(render).find(
    ({ name }) => name === `DaemonSet/${role}/${role}`,
  )!;
  return {
    ...{ command, environment, hasTmp: folders.includes("/tmp") },
    rights: securityContext?.capabilities?.add ?? [],
    ready: readinessProbe!.exec!.command!,
    stop: lifecycle!.preStop!.exec!.command!,
  };
}

/** A node that runs. */
export interface Node {
  readonly name: string;
  /** How to get onto it. */
  readonly enter: readonly string[];
  begin(program: Program, from?: NodePrograms): void;
  /** The same, and waits until it is ready. */
  start(program: Program, from?: NodePrograms): Promise<void>;
  ready(program: Program): Promise<void>;
  /** Ends a program as Kubernetes does, and waits for its end. */
  end(program: Program): Promise<void>;
  kill(program: Program): Promise<void>;
  isReady(program: Program): Promise<boolean>;
  log(program: Program): string;
  /** A further interface, without an address. */
  addInterface(name: string): void;
  /** Runs a shell line on the node, with the programs of Open vSwitch. */
  shell(line: string): Promise<string>;
  /** Its exit code and what it said, of a program that is started beside those that run. */
  startAgain(program: Program, from?: NodePrograms): ReturnType<typeof run>;
  /** A server: a network namespace whose link is plugged in as the port with this ID. */
  plug(port: string, mac: string, address: string): Promise<Server>;
  stop(): Promise<void>;
}

export interface Server {
  /** Runs a program of this machine in it. */
  run(...words: readonly string[]): ReturnType<typeof run>;
  /** Fifty pings in a second, which go on until somebody asks how many were lost. */
  ping(address: string): { readonly lost: () => Promise<number> };
  /** True when one answer comes. */
  reaches(address: string): Promise<boolean>;
}

const folder = "/run/overstack/nodes";
const ip = (...args: readonly string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });

/** Where a node has a directory of its own. */
export const volumeOf = (node: string, path: string): string =>
  join(folder, node, path.replace(/^\//, "").replaceAll("/", "-"));

/** The cable between the tunnels of all nodes. */
export function layCable(): void {
  ip("link", "add", "tunnels", "type", "bridge");
  ip("link", "set", "tunnels", "up");
}

/** A process that holds namespaces, and how to get into them. */
function hold(): { readonly pid: string; readonly enter: readonly string[]; readonly end: () => void } {
  const holder = spawn("unshare", ["--net", "--mount", "--propagation", "private", "sleep", "infinity"], {
    stdio: "ignore",
  });
  const pid = String(holder.pid);
  for (let tries = 0; readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "sleep"; tries++) {
    if (tries > 500) throw new Error("a node has no namespaces");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  return { pid, enter: ["nsenter", "--target", pid, "--net", "--mount"], end: () => void holder.kill("SIGKILL") };
}

/**
 * Starts a node with its three programs: one link leads to the databases, the other to the other node, for tunnels. Packets of the
 * userspace datapath find their way through a bridge that has the address of the tunnels; in production that is the kernel's work.
 */
export async function startNode(number: number, generated: NodePrograms): Promise<Node> {
  const name = `node-${number}`;
  const root = serversRoot();
  const { pid, enter, end } = hold();
  const inside = (...words: readonly string[]) =>
    execFileSync(enter[0]!, [...enter.slice(1), ...words], { stdio: ["ignore", "ignore", "pipe"] });
  inside("mount", "--bind", root, root);
  for (const path of ["run/openvswitch", "etc/openvswitch", "run/ovn"]) {
    mkdirSync(volumeOf(name, path), { recursive: true });
    inside("mount", "--bind", volumeOf(name, path), join(root, path));
  }
  // As on a node of systemd: what is mounted below is seen by all.
  mkdirSync("/run/netns", { recursive: true });
  inside("mount", "-t", "tmpfs", "netns", "/run/netns");
  inside("mount", "--make-shared", "/run/netns");
  inside("mount", "--bind", "/run/overstack/certificates", join(root, "etc/ssl/ovn"));
  // Others it asks the server of names for.
  writeFileSync(join(folder, name, "hosts"), "127.0.0.1 localhost\n");
  inside("mount", "--bind", join(folder, name, "hosts"), join(root, "etc/hosts"));
  inside("mount", "-t", "sysfs", "sysfs", join(root, "sys"));
  inside("mount", "--options", "remount,bind,ro", root);
  ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", pid);
  ip("link", "set", name, "master", "members", "up");
  inside("ip", "link", "set", "lo", "up");
  inside("ip", "address", "add", `10.77.0.${200 + number}/24`, "dev", "eth0");
  inside("ip", "link", "set", "eth0", "up");
  ip("link", "add", `${name}-tunnel`, "type", "veth", "peer", "name", "eth1", "netns", pid);
  ip("link", "set", `${name}-tunnel`, "master", "tunnels", "up");
  inside("ip", "link", "set", "eth1", "up");

  const rooted = (
    rights: readonly string[],
    environment: Readonly<Record<string, string>>,
    command: readonly string[],
    hasTmp = false,
  ) => [
    ...enter.slice(1),
    ...(hasTmp ? ["unshare", "--mount", "sh", "-c", `mount -t tmpfs tmpfs ${root}/tmp && exec "$@"`, "sh"] : []),
    ...[
      "chroot",
      root,
      "setpriv",
      `--bounding-set=${["-all", ...rights.map((right) => `+${right.toLowerCase()}`)].join()}`,
    ],
    ...["env", "--ignore-environment", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    ...Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    ...command,
  ];
  const field: Readonly<Record<string, string>> = { "spec.nodeName": name, "status.hostIP": addressOf(number) };
  const started = (program: Program, from: NodePrograms): string[] => {
    const { command, environment, rights, hasTmp } = from[program];
    const own = Object.entries(environment).map(([key, value]) => [
      key,
      Object.entries(field).reduce((text, [path, known]) => text.replaceAll(path, known), value),
    ]);
    return rooted(rights, Object.fromEntries(own), command, hasTmp);
  };
  const running = new Map<Program, ChildProcess>();
  const logOf = (program: Program) => join(process.env.OVERSTACK_LOGS!, `${name}-${program}.log`);
  const exec = (command: readonly string[], rights: readonly string[] = []) =>
    run(enter[0]!, rooted(rights, {}, command));
  const gone = async (program: Program, signal?: NodeJS.Signals) => {
    const child = running.get(program)!;
    const exit = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    if (signal !== undefined) child.kill(signal);
    await exit;
    running.delete(program);
  };
  const isReady = async (program: Program) => (await exec(generated[program].ready)).code === 0;
  const shell = async (line: string) => {
    const { code, stdout, stderr } = await exec(["sh", "-c", line]);
    if (code !== 0) throw new Error(`${line}: ${stderr || stdout}`);
    return stdout.trim();
  };
  let servers = 0;
  const holders: (() => void)[] = [];
  const node: Node = {
    ...{ name, enter, isReady, shell },
    begin: (program, from = generated) => {
      const output = openSync(logOf(program), "a");
      running.set(program, spawn(enter[0]!, started(program, from), { stdio: ["ignore", output, output] }));
    },
    ready: (program) => until(`${program} of ${name}`, () => isReady(program), { seconds: 150 }).then(() => undefined),
    start: async (program, from) => {
      node.begin(program, from);
      await node.ready(program);
    },
    end: async (program) => {
      await exec(generated[program].stop);
      await gone(program);
    },
    kill: (program) => gone(program, "SIGKILL"),
    log: (program) => readFileSync(logOf(program), "utf8"),
    addInterface: (name) => {
      inside("ip", "link", "add", name, "type", "veth", "peer", "name", `${name}-far`);
      inside("ip", "link", "set", name, "up");
    },
    startAgain: (program, from = generated) => run(enter[0]!, started(program, from)),
    plug: async (port, mac, address) => {
      const link = `${name}-${servers++}`;
      const server = hold();
      holders.push(server.end);
      const within = (...words: readonly string[]) =>
        execFileSync(server.enter[0]!, [...server.enter.slice(1), ...words]);
      ip("link", "add", link, "netns", pid, "type", "veth", "peer", "name", "eth0", "netns", server.pid);
      inside("ip", "link", "set", link, "up");
      within("ip", "link", "set", "lo", "up");
      within("ip", "link", "set", "eth0", "address", mac, "up");
      within("ip", "address", "add", `${address}/24`, "dev", "eth0");
      await shell(
        `ovs-vsctl --may-exist add-port br-int ${link} -- set Interface ${link} external-ids:iface-id=${port}`,
      );
      const ping = (...words: readonly string[]) => [...server.enter.slice(1), "chroot", root, "ping", "-n", ...words];
      return {
        run: (...words) => run(server.enter[0]!, [...server.enter.slice(1), ...words]),
        reaches: async (target) => (await run(server.enter[0]!, ping("-c", "1", "-W", "1", target))).code === 0,
        ping: (target) => {
          const child = spawn(server.enter[0]!, ping("-i", "0.02", target), { stdio: ["ignore", "pipe", "ignore"] });
          const answered = new Set<number>();
          createInterface({ input: child.stdout }).on("line", (line) => {
            const [, sequence] = /icmp_seq=(\d+) ttl/.exec(line) ?? [];
            if (sequence !== undefined) answered.add(Number(sequence));
          });
          return {
            lost: async () => {
              // The last one may be on its way.
              const before = answered.size;
              await until("another answer", () => answered.size > before, { seconds: 60 });
              child.kill("SIGKILL");
              const [first, last] = [Math.min(...answered), Math.max(...answered)];
              if (answered.size < 50) throw new Error(`only ${answered.size} answers`);
              return last - first + 1 - answered.size;
            },
          };
        },
      };
    },
    stop: async () => {
      for (const program of running.keys()) await gone(program, "SIGKILL");
      for (const end of holders) end();
      end();
    },
  };
  for (const program of ["database", "switch"] as const) await node.start(program);
  await shell("ovs-vsctl add-br br-tunnels -- set Bridge br-tunnels datapath_type=netdev -- add-port br-tunnels eth1");
  inside("ip", "address", "add", `${addressOf(number)}/24`, "dev", "br-tunnels");
  inside("ip", "link", "set", "br-tunnels", "up");
  return node;
}

/** Address of a node's tunnels. */
export const addressOf = (number: number): string => `10.78.0.${number}`;
