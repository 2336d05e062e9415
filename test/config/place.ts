import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Service } from "./clusters.ts";
import type { Container } from "./containers.ts";
import { linksOf } from "./environment.ts";
import type { Secrets } from "./kubernetes-api.ts";

/** Where the things of a cluster are on this machine. */
export interface Machine {
  /** Virtual environment with the programs. */
  readonly environment: string;
  /** Makes a database and tells its URL; undefined where the services' own databases, brokers and caches are there. */
  readonly database: ((name: string) => string) | undefined;
  readonly secrets: Secrets;
  /** Port of each server by the name of its Service, and of the infrastructure by the first label of its host, with its port where it has several. */
  readonly ports: ReadonlyMap<string, number>;
  /** The Kubernetes API, and the CA of its certificate. */
  readonly kubernetes: { readonly port: number; readonly ca: Buffer };
  /** A uwsgi instead of the environment's. */
  readonly uwsgi?: string | undefined;
  /** Folder that stands for the node's own directories, for pods that have some of them. */
  readonly node?: string | undefined;
  /** Files of an image, for a program that this machine does not have. */
  readonly image?: string | undefined;
  /** Servers are at the machine's IPv6 address alone, and so is a pod. */
  readonly ipv6?: true | undefined;
}

/** A machine's address for itself, as a URL has it. */
export const loopback = ({ ipv6 }: Pick<Machine, "ipv6">): string => (ipv6 ? "[::1]" : "127.0.0.1");

/** A program to start with the files below `root`, and all of its environment. */
export interface Program {
  readonly root: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Puts a container's files, Secrets and folders below `root`, and tells how to start its program there. Below `pod` lies what the
 * containers of its pod share.
 */
export function place(root: string, service: Service, container: Container, machine: Machine, pod?: string): Program {
  const { environment, secrets, kubernetes, uwsgi } = machine;
  const files = join(root, "files");
  const links = linksOf(service.component, environment);
  const write = (path: string, text: string | Buffer) => {
    const [link, to] = [...links].find(([link]) => path.startsWith(`${link}/`)) ?? ["", ""];
    const place = files + to + path.slice(link.length);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, { mode: 0o600 });
  };
  const moved = reachable(service, machine);

  for (const folder of [home, ...container.folders]) mkdirSync(files + folder, { recursive: true });
  for (const [path, text] of container.files) write(path, moved(text));
  for (const [folder, mounted] of container.secrets)
    for (const { name, items } of mounted) {
      const values = secrets.get(name) ?? {};
      for (const { key, path } of items ?? Object.keys(values).map((key) => ({ key, path: key })))
        write(`${folder}/${path}`, values[key]!);
    }
  const account = { namespace: "services", token: "token", "ca.crt": kubernetes.ca };
  for (const [file, text] of Object.entries(account))
    write(`/var/run/secrets/kubernetes.io/serviceaccount/${file}`, text);
  // Where the images have theirs: a service may read its own files there.
  for (const [path, to] of [["/var/lib/openstack", environment] as const, ...links]) {
    mkdirSync(dirname(files + path), { recursive: true });
    symlinkSync(to, files + path);
  }
  giveToPods(files);
  // All processes here have the machine's /tmp.
  const shared = pod === undefined ? [] : container.shared.filter((path) => path !== "/tmp");
  for (const path of shared) mkdirSync(pod + path, { recursive: true });
  if (shared.length > 0) giveToPods(pod!);
  // Devices, processes and control groups are this machine's.
  const ofNode = [...container.ofNode].filter(
    ([path]) => machine.node !== undefined && !/^\/(dev|proc|sys)\b/.test(path),
  );
  for (const [, from] of ofNode) mkdirSync(machine.node + from, { recursive: true });
  const lines = [
    ...shared.map((path) => [pod + path, path]),
    ...ofNode.map(([path, from]) => [machine.node + from, path]),
  ];
  if (lines.length > 0) writeFileSync(join(root, "shared"), lines.map(([from, to]) => `${from} ${to}\n`).join(""));
  if (container.hasReadOnlyRoot) {
    // All processes here have the machine's /tmp.
    const writable = container.writable.filter((path) => !/^\/(dev|proc|sys|tmp)\b/.test(path));
    writeFileSync(join(root, "writable"), writable.map((path) => `${path}\n`).join(""));
  }
  if (machine.image !== undefined) writeFileSync(join(root, "image"), `${machine.image}\n`);

  const [program, ...rest] = container.command.map(moved);
  const ownServer = program === "uwsgi" ? uwsgi : undefined;
  const generated = Object.entries(container.environment).map(([name, value]) => [
    name,
    moved(value.replace("status.podIP", machine.ipv6 ? "::1" : "127.0.0.1")),
  ]);
  return {
    root,
    file: ownServer ?? (program === shell ? shell : join(environment, "bin", program!)),
    args: ownServer === undefined ? rest : [...rest, "--virtualenv", environment],
    env: {
      ...Object.fromEntries(generated),
      ...standIns(service, container, machine),
      HOME: home,
      PATH: `${join(environment, "bin")}:${process.env.PATH}`,
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(kubernetes.port),
    },
  };
}

const home = "/home/pod";

/** What the image's system has, not its virtual environment. */
export const shell = "sh";

/** Host names and ports of the cluster as those of this machine. */
function reachable(service: Service, machine: Machine): (text: string) => string {
  const { ports, uwsgi } = machine;
  const here = loopback(machine);
  const own = new Map(service.servers.map(({ name, port }) => [String(port), ports.get(name)]));
  return (text) =>
    text
      .replaceAll(/\b([a-z0-9-]+)\.[a-z0-9.-]+:(\d+)/g, (address, name, port) => {
        const own = ports.get(`${name}:${port}`) ?? ports.get(name);
        return own === undefined ? address : `${here}:${own}`;
      })
      // In addition to its server uwsgi has ports on which replicas speak among themselves: anybody's here.
      .replaceAll(
        /^(https?-socket) = (?:\[::\])?:(\d+)/gm,
        (_, socket, port) => `${socket} = ${here}:${own.get(port) ?? 0}`,
      )
      // So says Apache where it listens.
      .replaceAll(/^Listen (?:0\.0\.0\.0|\[::\]):(\d+)/gm, (_, port) => `Listen ${here}:${own.get(port) ?? 0}`)
      // For the log alone, and not every build of uwsgi knows regular expressions.
      .replaceAll(uwsgi === undefined ? /$^/g : /^route-.*$/gm, "");
}

/** SQLite instead of MariaDB, a dictionary instead of memcached, a broker inside of each process, and locks of files. */
function standIns(service: Service, container: Container, { database }: Machine): Record<string, string> {
  if (database === undefined) return {};
  const databases = Object.keys(container.environment)
    .filter((name) => name.endsWith("DATABASE__CONNECTION"))
    .flatMap((name) => [
      [name, database(`${service.instance}-${name.toLowerCase()}`)],
      [`${name}_PARAMETERS`, ""],
    ]);
  const brokers = Object.keys(container.environment)
    .filter((name) => name.endsWith("__TRANSPORT_URL"))
    .map((name) => [name, "fake://"]);
  const locks = Object.keys(container.environment)
    .filter((name) => name.endsWith("COORDINATION__BACKEND_URL"))
    .map((name) => [name, "file:///tmp"]);
  return {
    ...Object.fromEntries([...databases, ...brokers, ...locks]),
    OS_CACHE__BACKEND: "dogpile.cache.memory",
    OS_KEYSTONE_AUTHTOKEN__MEMCACHED_SERVERS: "",
  };
}

/** Makes the pods' user the owner of all that lies there, where root made it. */
export function giveToPods(folder: string): void {
  if (asPods.length > 0) execFileSync("chown", ["--recursive", "--no-dereference", "42424:42424", folder]);
}

/** What root puts in front of a program to run it as the pods' user: some programs treat root differently. */
export const asPods: readonly string[] =
  process.getuid!() === 0
    ? [
        ...["setpriv", "--reuid=42424", "--regid=42424", "--clear-groups"],
        // Whoever ends the tests by force ends these with them.
        "--pdeathsig=KILL",
        // The virtual environment may lie below root's home, which only root enters. Without the secure bit access(2)
        // forgets the capability, and alembic does not find its migrations.
        ...["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"],
      ]
    : [];

/** What starts a program as the pods' user, or as root, and with its files in place. */
export const asPodIn = (root: string, isRoot = false): string[] => {
  if (asPods.length === 0) throw new Error("Running containers as processes needs root: it mounts their files.");
  const mounts = [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "sh",
    join(import.meta.dirname, "in-root.sh"),
    root,
  ];
  return isRoot ? mounts : [...mounts, ...asPods];
};
