import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "../../../generator/contract/kubernetes.ts";
import type { Release } from "../../../generator/contract/release.ts";
import { environmentOf } from "../../config/environment.ts";
import { endGroup } from "../../config/processes.ts";
import { imageFiles, labCache } from "../../tools/lab-programs.ts";

/** A Ceph of this machine: three hosts, each with a monitor and a disk that is a file, and a manager. */
export interface Ceph {
  /** Secrets and the ConfigMap that Rook would have made in its namespace: name -> key -> value. */
  readonly made: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  /** Runs a command as the administrator; throws with its last words. */
  readonly run: (program: "ceph" | "rbd" | "rados", ...args: readonly string[]) => string;
  /** Runs a command as one of the users. */
  readonly as: (user: string, program: "rbd" | "rados", ...args: readonly string[]) => string;
  /** Ends the daemons of a host at once. */
  readonly lose: (host: number) => void;
  readonly stop: () => void;
}

/** A service's environment with the Python of Debian, for which Debian has the library of Ceph's clients. */
export async function withLibrary(service: string, release: Release, home: string): Promise<string> {
  const environment = await environmentOf(service, release, { python: "/usr/bin/python3.11", home });
  const [packages] = globSync(join(environment, "lib/python3*/site-packages"));
  for (const file of globSync("/usr/lib/python3/dist-packages/{rados,rbd}.cpython-*.so")) {
    const link = join(packages!, basename(file));
    if (!existsSync(link)) symlinkSync(file, link);
  }
  return environment;
}

const hosts = [1, 2, 3];

/** Where its daemons are. */
export interface Place {
  /** Goes before a command that runs there. */
  readonly enter: readonly string[];
  /** Of a daemon of a host; the addresses are there. */
  readonly addressOf: (daemon: "monitor" | "disk", host: number) => string;
}

const onThisMachine: Place = {
  enter: [],
  addressOf: (daemon, host) => `127.0.0.${host + (daemon === "monitor" ? 1 : 10)}`,
};
/** Where its folder is in the image. */
const home = "/ceph";

/** Of Debian trixie: Ceph 18.2. */
const image = () =>
  imageFiles(join(labCache("ceph"), "trixie-1"), {
    packages: ["ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common"],
    folders: ["ceph"],
  });

/**
 * Starts it in a folder, with the pools and users of these objects, as Rook would make them. All of it speaks the second protocol alone, encrypted, as
 * generated for Rook. Throws with the last words of who does not start.
 */
export async function startCeph(
  folder: string,
  objects: readonly KubernetesObject[],
  place: Place = onThisMachine,
): Promise<Ceph> {
  const root = image();
  const monitors = hosts.map((host) => ({ name: "abc"[host - 1]!, address: place.addressOf("monitor", host) }));
  mkdirSync(folder, { recursive: true });
  const enter = [
    ...place.enter,
    ...["unshare", "--mount", "--propagation", "private", "sh", "-c"],
    `mount --bind "$0" ${root}${home} && mount --rbind /dev ${root}/dev && mount -t proc proc ${root}/proc && exec chroot ${root} "$@"`,
    folder,
  ];
  const inside = (...command: readonly string[]): string => {
    const [file, ...args] = [...enter, ...command];
    return execFileSync(file!, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 }).trim();
  };
  const conf = ["--conf", `${home}/ceph.conf`];
  const asUser = (user: string) => [...conf, "--name", `client.${user}`, "--keyring", `${home}/${user}.keyring`];
  const run: Ceph["run"] = (program, ...args) => inside(program, ...asUser("admin"), ...args);

  const daemons = new Map<string, ReturnType<typeof spawn>>();
  const start = (host: number, program: string, ...args: readonly string[]) => {
    const name = `${program}-${host}`;
    const [file, ...rest] = [...enter, "sh", "-c", 'exec "$@" >"$0" 2>&1', `${home}/${name}.log`];
    daemons.set(name, spawn(file!, [...rest, program, ...conf, "-f", ...args], { detached: true, stdio: "ignore" }));
  };
  const stop = () => {
    for (const { pid } of daemons.values()) endGroup(pid!);
  };
  const until = async (what: string, look: () => boolean) => {
    for (const deadline = Date.now() + startLimit; ; await sleep(1000)) {
      try {
        if (look()) return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
      if (Date.now() < deadline && [...daemons.values()].every(({ exitCode }) => exitCode === null)) continue;
      stop();
      throw new Error(`no ${what}: ${wordsIn(folder)}`);
    }
  };

  const fsid = randomUUID();
  writeFileSync(join(folder, "ceph.conf"), confOf(fsid, monitors));
  const key = ["ceph-authtool", "--create-keyring", "--gen-key"];
  inside(...key, `${home}/mon.keyring`, "--name", "mon.", "--cap", "mon", "allow *");
  const all = ["mon", "osd", "mgr"].flatMap((daemon) => ["--cap", daemon, "allow *"]);
  inside(...key, `${home}/admin.keyring`, "--name", "client.admin", ...all);
  inside("ceph-authtool", `${home}/mon.keyring`, "--import-keyring", `${home}/admin.keyring`);
  const map = monitors.flatMap(({ name, address }) => ["--addv", name, `[v2:${address}:3300]`]);
  inside("monmaptool", "--create", "--fsid", fsid, ...map, `${home}/monmap`);
  for (const host of hosts) {
    const { name } = monitors[host - 1]!;
    const own = ["--id", name, "--mon-data", `${home}/mon-${name}`];
    inside("ceph-mon", "--mkfs", ...own, "--monmap", `${home}/monmap`, "--keyring", `${home}/mon.keyring`);
    start(host, "ceph-mon", ...own);
  }
  await until("quorum", () => JSON.parse(run("ceph", "quorum_status")).quorum.length === hosts.length);
  mkdirSync(join(folder, "mgr"));
  writeFileSync(
    join(folder, "mgr/keyring"),
    `${run("ceph", "auth", "get-or-create", "mgr.x", "mon", "allow profile mgr", "osd", "allow *", "mds", "allow *")}\n`,
  );
  // What is lost is the host with this number, and never the manager's: there is one alone.
  start(0, "ceph-mgr", "--id", "x", "--mgr-data", `${home}/mgr`);
  for (const host of hosts) {
    const uuid = randomUUID();
    const id = run("ceph", "osd", "new", uuid);
    const own = ["--id", id, "--osd-data", `${home}/osd-${id}`];
    mkdirSync(join(folder, `osd-${id}`));
    const may = ["mon", "allow profile osd", "mgr", "allow profile osd", "osd", "allow *"];
    writeFileSync(join(folder, `osd-${id}/keyring`), `${run("ceph", "auth", "get-or-create", `osd.${id}`, ...may)}\n`);
    inside("ceph-osd", ...conf, "--mkfs", ...own, "--osd-uuid", uuid);
    const address = place.addressOf("disk", host);
    const location = ["--crush-location", `root=default host=host-${host}`];
    start(host, "ceph-osd", ...own, ...location, "--public-addr", address, "--cluster-addr", address);
  }
  await until("disks", () => JSON.parse(run("ceph", "osd", "stat", "--format", "json")).num_up_osds === hosts.length);
  const made = makeObjects(objects, run);
  for (const [name, { userKey }] of Object.entries(made))
    if (userKey !== undefined) {
      const user = name.slice("rook-ceph-client-".length);
      writeFileSync(join(folder, `${user}.keyring`), `[client.${user}]\nkey = ${userKey}\n`);
    }
  await until("clean pools", () => {
    const { num_pg_by_state: states } = JSON.parse(run("ceph", "pg", "stat", "--format", "json")).pg_summary;
    return (states as readonly { readonly name: string }[]).every(({ name }) => name === "active+clean");
  });
  const endpoints = monitors.map(({ name, address }) => `${name}=${address}:3300`).join(",");
  return {
    made: { ...made, "rook-ceph-mon-endpoints": { data: Buffer.from(endpoints) } },
    run,
    as: (user, program, ...args) => inside(program, ...asUser(user), ...args),
    lose: (host) => {
      for (const program of ["ceph-mon", "ceph-osd"]) endGroup(daemons.get(`${program}-${host}`)!.pid!);
    },
    stop,
  };
}

/** Milliseconds; far above what a start takes on a busy machine. */
const startLimit = 180_000;

/** Protocol and encryption as the generated CephCluster asks for; little memory; a disk is a file of this size. */
const confOf = (fsid: string, monitors: readonly { readonly address: string }[]): string => `[global]
fsid = ${fsid}
mon_host = ${monitors.map(({ address }) => `[v2:${address}:3300]`).join(",")}
ms_bind_msgr1 = false
ms_cluster_mode = secure
ms_service_mode = secure
ms_client_mode = secure
ms_mon_cluster_mode = secure
ms_mon_service_mode = secure
ms_mon_client_mode = secure
osd_pool_default_pg_autoscale_mode = off
osd_memory_target_autotune = false
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
bluestore_block_size = 4294967296
run_dir = ${home}
`;

interface PoolSpec {
  readonly failureDomain: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly replicated: { readonly size: number };
}
interface ClientSpec {
  readonly caps: Readonly<Record<string, string>>;
}

/** What Rook makes of pools and clients: https://github.com/rook/rook/tree/v1.20.6/pkg/operator/ceph; the Secret of each client. */
function makeObjects(objects: readonly KubernetesObject[], run: Ceph["run"]): Record<string, Record<string, Buffer>> {
  for (const { kind, metadata, spec } of objects) {
    if (kind !== "CephBlockPool" || metadata.name.startsWith("builtin")) continue;
    const { failureDomain, parameters = {}, replicated } = spec as unknown as PoolSpec;
    const { name } = metadata;
    run("ceph", "osd", "crush", "rule", "create-replicated", name, "default", failureDomain);
    run("ceph", "osd", "pool", "create", name, "8", "8", "replicated", name);
    run("ceph", "osd", "pool", "set", name, "size", String(replicated.size));
    for (const [key, value] of Object.entries(parameters)) run("ceph", "osd", "pool", "set", name, key, value);
    run("ceph", "osd", "pool", "application", "enable", name, "rbd");
    run("rbd", "pool", "init", name);
  }
  return Object.fromEntries(
    objects.flatMap(({ kind, metadata, spec }) => {
      if (kind !== "CephClient") return [];
      const { name } = metadata;
      const caps = Object.entries((spec as unknown as ClientSpec).caps).flat();
      run("ceph", "auth", "get-or-create", `client.${name}`, ...caps);
      const userKey = Buffer.from(run("ceph", "auth", "print-key", `client.${name}`));
      return [[`rook-ceph-client-${name}`, { userID: Buffer.from(name), userKey }]];
    }),
  );
}

/** The last lines of all logs. */
const wordsIn = (folder: string): string =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".log"))
        .map((name) => `${name}: ${readFileSync(join(folder, name), "utf8").slice(-1000)}`)
        .join("\n")
    : "";
