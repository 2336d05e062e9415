import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "../cluster/build.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { readyNodes } from "../cluster/nodes.ts";
import { type Process, until } from "../cluster/processes.ts";
import { makeGroup, removeGroup } from "./cgroups.ts";
import { startPrograms } from "./host-programs.ts";
import { type Machine, turnOn } from "./machine.ts";
import { plugIn, plugOut, setLink, startNetwork } from "./network.ts";
import { buildInit, programs } from "./programs.ts";
import { cutVolumesDisk, makeVolumesDisk, releasedVolumesDisk } from "./volumes-disk.ts";

/** A node of the cluster that can be lost and found again. */
export interface Host {
  readonly name: string;
  readonly zone: string;
  /** Folder of what it keeps when it is off. */
  readonly disk: string;
  /** Runs a program in it and returns what it prints. */
  run(...command: readonly string[]): string;
  /** Gives it these rules of nftables for what passes it, if it is on and has others. */
  filter(rules: string): void;
  /** Takes its network link away: it is silent, and goes on working for itself. */
  unplug(): void;
  /** Gives the link back. */
  plug(): void;
  /**
   * Ends all its processes at once; of its volumes remains what was synced. With the link still there, their connections
   * are closed as those of a crash are.
   */
  turnOff(): Promise<void>;
  /** Turns it on again, with what was on its disk. */
  turnOn(): Promise<void>;
}

/** How many hosts, where, and with which images on their disks. */
export interface HostOptions {
  readonly zones: readonly string[];
  /** Folder that is copied to each host's disk. */
  readonly images: string;
  readonly pauseImage: string;
  /** Folder for the hosts' disks, and name of their control groups. */
  readonly folder: string;
  readonly group: string;
}

/** A host in each zone, all of them off. */
export function makeHosts(cluster: ControlPlane, options: HostOptions): Host[] {
  const { zones, folder } = options;
  const plugins = join(folder, "plugins");
  mkdirSync(plugins);
  for (const plugin of [programs.ptp, programs.loopback, programs.hostLocal])
    symlinkSync(programPath(plugin), join(plugins, plugin.name));
  startNetwork(cluster, zones.length);
  return zones.map((zone, place) => hostOf(cluster, options, zone, place + 1));
}

/** Turns them on; resolves when all nodes are Ready. */
export async function startHosts(cluster: ControlPlane, hosts: readonly Host[]): Promise<void> {
  await Promise.all(hosts.map((host) => host.turnOn()));
  const all = async () => (await readyNodes(cluster)).length === hosts.length;
  await until("all nodes Ready", all, { seconds: 120, processes: cluster.processes });
}

function hostOf(cluster: ControlPlane, options: HostOptions, zone: string, index: number): Host {
  const name = `host-${index}`;
  const disk = join(options.folder, name);
  const group = `/${options.group}/${name}`;
  const init = buildInit();
  let machine: Machine | undefined;
  let processes: readonly Process[] = [];
  let filtered = "";
  copyImages(options.images, join(disk, "var/lib/containerd"));
  makeVolumesDisk(disk);

  return {
    name,
    zone,
    disk,
    run(...command) {
      if (machine === undefined) throw new Error(`${name} is off`);
      const [program, ...rest] = [...machine.enter, ...command];
      return execFileSync(program!, rest, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
    },
    filter(rules) {
      if (machine === undefined || rules === filtered) return;
      const file = join(disk, "policies.nft");
      writeFileSync(file, rules);
      this.run("nft", "--file", file);
      filtered = rules;
    },
    unplug: () => setLink(cluster, index, "down"),
    plug: () => setLink(cluster, index, "up"),
    async turnOff() {
      if (machine === undefined) return;
      cutVolumesDisk(machine);
      await machine.kill();
      machine = undefined;
      plugOut(cluster, index);
      await Promise.all(processes.map((process) => process.stop()));
      // A kubelet looks for seconds into each one that it finds, and those of a host that boots are empty.
      removeGroup(group);
      await releasedVolumesDisk(disk);
    },
    async turnOn() {
      makeGroup(group);
      filtered = "";
      machine = await turnOn(name, disk, init);
      plugIn(cluster, machine, index, options.zones.length);
      const { kubeconfig } = cluster;
      const { pauseImage } = options;
      processes = startPrograms(machine, { name, index, zone, kubeconfig, group, disk, pauseImage });
    },
  };
}

/** Files of images never change: hosts share them, but not the databases about them. */
function copyImages(from: string, to: string): void {
  mkdirSync(join(to, ".."), { recursive: true });
  execFileSync("cp", ["--archive", "--link", from, to]);
  const databases = execFileSync("find", [from, "-name", "*.db", "-printf", "%P\\0"], { encoding: "utf8" });
  for (const database of databases.split("\0").filter((path) => path !== "")) {
    execFileSync("cp", ["--archive", "--remove-destination", join(from, database), join(to, database)]);
  }
}
