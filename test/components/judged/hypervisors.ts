import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "../../../generator/contract/kubernetes.ts";
import { buildFrom } from "../../../generator/fleet/one-cluster.ts";
import { certificates } from "../../../generator/render/certificates.ts";
import { authority, issued, type Pair } from "../../config/certificates.ts";
import { type Container, containersOf } from "../../config/containers.ts";
import { run } from "../../config/environment.ts";
import { imageFiles, labCache } from "../../tools/lab-programs.ts";

// Hypervisors as namespaces of network, mounts and processes, each with the real libvirt and QEMU in the container that is generated. Control groups are
// left out: two hosts of one kernel would share them.

/** Debian's packages for the image. */
const packages = [
  ...["libvirt-daemon", "libvirt-daemon-driver-qemu", "libvirt-clients", "python3-libvirt"],
  ...["qemu-system-x86", "qemu-utils", "qemu-block-extra", "iproute2", "procps"],
];

const { issues, model, rendered } = buildFrom({
  name: "eu1",
  text: `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { mode: none }
kubernetes: { version: "1.35", nodeNetworks: [10.77.0.0/24] }
nodeGroups: { compute: { roles: [hypervisor] }, gpu: { roles: [hypervisor] } }
infrastructure: { mariadb: { backup: none } }
services:
  nova: { cells: { cell1: {}, cell2: { nodeGroups: [gpu] } } }
  glance: { stores: { ceph: { type: rbd, monitors: [10.0.0.1], secret: glance-ceph } } }
`,
});
if (rendered === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));

/** A node group, with the libvirt that is generated for it. */
export type Group = "cell1-compute" | "cell2-gpu";
const containerOf = (group: Group): Container => containersOf(rendered.renders.get(`libvirt-${group}`)!)[0]!;

/** Certificates by the names of their Secrets, as cert-manager issues them. Asking again is a renewal. */
export async function allCertificates(): Promise<{ issue: (secret: string, commonName?: string) => Promise<Pair> }> {
  const objects = certificates(model!);
  const authorities = new Map<string, Pair>();
  return {
    issue: async (secret, commonName) => {
      const { spec } = objects.find(({ kind, metadata: { name } }) => kind === "Certificate" && name === secret)! as {
        spec: { issuerRef: { name: string }; commonName?: string; dnsNames: string[]; usages: string[] };
      } & KubernetesObject;
      const issuer = spec.issuerRef.name;
      authorities.set(issuer, authorities.get(issuer) ?? (await authority(issuer)));
      return issued(authorities.get(issuer)!, { ...spec, ...(commonName === undefined ? {} : { commonName }) });
    },
  };
}

export interface Host {
  readonly name: string;
  readonly address: string;
  /** Name that others dial. */
  readonly dialled: string;
  /** Starts the container, with these certificates by the names of their Secrets. */
  begin(secrets: Readonly<Record<string, Pair>>): Promise<void>;
  /** The kubelet writes what was renewed. */
  renew(secrets: Readonly<Record<string, Pair>>): void;
  /** Runs a program on the host. */
  run(...words: readonly string[]): ReturnType<typeof run>;
  /** The same; throws with what it says when it fails. */
  must(...words: readonly string[]): Promise<string>;
  write(path: string, text: string | Buffer, mode?: number): void;
  said(): string;
}

export interface Lab {
  readonly hosts: readonly [Host, Host];
  stop(): Promise<void>;
}

/** Two hosts with a cable between them. The second group may be another cell's. */
export async function startHosts(home: string, groups: readonly [Group, Group]): Promise<Lab> {
  const image = imageFiles(join(labCache("libvirt"), "trixie-2"), {
    packages,
    folders: ["etc/pki", "etc/ssl/display", "etc/ssl/migration", "etc/overstack", "run/openvswitch", "var/lib/nova"],
  });
  const holders: ChildProcess[] = [];
  const pids: number[] = [];
  const names = groups.map((group, index) => `10-77-0-${index + 1}.libvirt-${group}.openstack-nodes.svc.cluster.local`);
  const hosts = await Promise.all(
    groups.map(async (group, index): Promise<Host> => {
      const name = `host-${index + 1}`;
      const address = `10.77.0.${index + 1}`;
      const container = containerOf(group);
      const root = join(home, name, "root");
      const own = (path: string) => join(home, name, "own", path.replaceAll("/", "-"));
      const secretsAt = [...container.secrets];
      const lay = (secrets: Readonly<Record<string, Pair & { ca?: Buffer }>>) => {
        for (const [mount, sources] of secretsAt)
          for (const { name: secret, items } of sources) {
            const pair = secrets[secret];
            if (pair === undefined) continue;
            const content: Readonly<Record<string, Buffer>> = {
              "ca.crt": pair.authority!,
              "tls.crt": pair.certificate,
              "tls.key": pair.key,
            };
            for (const { key, path } of items ?? Object.keys(content).map((key) => ({ key, path: key }))) {
              const file = join(own(mount), path);
              mkdirSync(dirname(file), { recursive: true });
              writeFileSync(`${file}.new`, content[key]!, { mode: 0o400 });
              renameSync(`${file}.new`, file);
            }
          }
      };
      const folders = container.folders.filter((folder) => !["/dev", "/sys/fs/cgroup"].includes(folder));
      for (const folder of folders) mkdirSync(own(folder), { recursive: true });
      for (const [path, text] of container.files) {
        const folder = folders.find((each) => path.startsWith(`${each}/`))!;
        writeFileSync(join(own(folder), path.slice(folder.length + 1)), text);
      }
      writeFileSync(
        own("hosts"),
        `127.0.0.1 localhost\n${names.map((each, at) => `10.77.0.${at + 1} ${each}\n`).join("")}`,
      );
      // The longer path lies within the shorter one. The root cannot be written, as in the pod.
      const mounts = [...folders].sort().map((folder) => `mount --bind ${own(folder)} ${root}${folder}`);
      const script = [
        "set -e",
        "mount --make-rprivate /",
        `mkdir -p ${root} && mount --bind ${image} ${root}`,
        `mount --rbind /dev ${root}/dev && mount -t proc proc ${root}/proc && mount -t sysfs sys ${root}/sys`,
        `mount -t tmpfs none ${root}/run && mkdir -p ${root}/run/lock ${root}/run/libvirt ${root}/run/openvswitch`,
        ...mounts,
        `mount --bind ${own("hosts")} ${root}/etc/hosts`,
        `mount -o remount,bind,ro ${root}`,
        "ip link set lo up",
        "echo ready",
        // The first process of a node takes the ends of others.
        "while :; do sleep 1000 & wait; done",
      ].join("\n");
      const apart = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"];
      const holder = spawn("setpriv", ["--pdeathsig", "KILL", ...apart, "sh", "-c", script], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      holders.push(holder);
      let said = "";
      holder.stderr!.on("data", (chunk: Buffer) => (said += chunk.toString()));
      await new Promise<void>((resolve, reject) => {
        holder.stdout!.once("data", () => resolve());
        holder.once("exit", () => reject(new Error(said)));
      });
      const pid = Number(readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8").trim().split(" ")[0]);
      pids[index] = pid;
      const enter = ["nsenter", `--target=${pid}`, "--net", "--mount", "--pid", "chroot", root];
      const onHost = (...words: readonly string[]) => run(enter[0]!, [...enter.slice(1), ...words]);
      return {
        ...{ name, address, dialled: names[index]! },
        async begin(secrets) {
          lay(secrets);
          // A look each second instead of each minute.
          const command = container.command.map((word) => word.replace("while sleep 60", "while sleep 1"));
          const pod = spawn(enter[0]!, [...enter.slice(1), ...command], {
            env: { ...process.env, ...container.environment, ADDRESS: address },
            stdio: ["ignore", "pipe", "pipe"],
          });
          for (const stream of [pod.stdout, pod.stderr])
            stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
          for (;;) {
            if (pod.exitCode !== null) throw new Error(`${name}: ${said}`);
            if ((await onHost("virsh", "--quiet", "--connect", "qemu:///system", "uri")).code === 0) return;
            await sleep(500);
          }
        },
        renew: lay,
        run: onHost,
        async must(...words) {
          const { code, stdout, stderr } = await onHost(...words);
          if (code !== 0) throw new Error(`${name}: ${words.join(" ")}: ${stdout} ${stderr} ${said.slice(-2000)}`);
          return stdout;
        },
        write(path, text, mode = 0o600) {
          const folder = folders.find((each) => path.startsWith(`${each}/`))!;
          const file = join(own(folder), path.slice(folder.length + 1));
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, text, { mode });
        },
        said: () => said,
      };
    }),
  );
  const inNetwork = (index: number, ...args: readonly string[]) =>
    execFileSync("nsenter", [`--target=${pids[index]}`, "--net", "ip", ...args]);
  inNetwork(0, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", String(pids[1]));
  for (const index of [0, 1]) {
    inNetwork(index, "address", "add", `10.77.0.${index + 1}/24`, "dev", "eth0");
    inNetwork(index, "link", "set", "eth0", "up");
  }
  return {
    hosts: [hosts[0]!, hosts[1]!],
    async stop() {
      await Promise.all(
        holders.map(async (holder) => {
          if (holder.exitCode !== null) return;
          const ended = new Promise((resolve) => holder.once("exit", resolve));
          holder.kill("SIGKILL");
          await ended;
        }),
      );
      rmSync(home, { recursive: true, maxRetries: 10, retryDelay: 500 });
    },
  };
}
