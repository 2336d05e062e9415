import { execFileSync } from "node:child_process";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { addressOf, dns, gateway, podsOf } from "./addresses.ts";
import type { Machine } from "./machine.ts";

const bridge = "hosts";
/** Further cables between all hosts, for a network of servers: that of tunnels, and one that leads out. Nobody has an address there yet. */
const cables = { eth1: "tunnels", eth2: "outside" } as const;

/** Lets hosts reach what is where the API server is. */
export function startNetwork(cluster: ControlPlane, hosts: number): void {
  const ip = ipBehind(cluster.enter);
  ip("link", "add", bridge, "type", "bridge");
  ip("address", "add", gateway, "dev", bridge);
  ip("link", "set", bridge, "up");
  for (const cable of Object.values(cables)) ip("link", "add", cable, "up", "type", "bridge");
  // Addresses of Services: a packet needs a way before kube-proxy gives it another one.
  ip("route", "add", "default", "dev", bridge);
  for (const index of numbers(hosts)) ip("route", "add", podsOf(index), "via", addressOf(index));
}

/** Plugs a machine into the bridge; its routes lead to the pods of the other hosts. */
export function plugIn(cluster: ControlPlane, machine: Machine, index: number, hosts: number): void {
  const port = portOf(index);
  const outside = ipBehind(cluster.enter);
  // The namespace is named by a process number, which means the same there: the process namespace is the run's.
  outside("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", String(machine.pid));
  outside("link", "set", port, "master", bridge, "up");
  const inside = ipBehind(machine.enter);
  inside("address", "add", `${addressOf(index)}/24`, "dev", "eth0");
  // Pods ask for names at an address of the cluster, which is each host's own.
  inside("address", "add", `${dns}/32`, "dev", "lo");
  inside("link", "set", "eth0", "up");
  for (const [device, cable] of Object.entries(cables)) {
    outside("link", "add", `${port}-${cable}`, "type", "veth", "peer", "name", device, "netns", String(machine.pid));
    outside("link", "set", `${port}-${cable}`, "master", cable, "up");
    inside("link", "set", device, "up");
  }
  inside("route", "add", "default", "dev", "eth0");
  for (const other of numbers(hosts))
    if (other !== index) inside("route", "add", podsOf(other), "via", addressOf(other));
}

/** Removes what is left of the links of a machine that is off. */
export function plugOut(cluster: ControlPlane, index: number): void {
  for (const port of portsOf(index)) {
    try {
      ipBehind(cluster.enter)("link", "delete", port);
    } catch {
      // The kernel removes it too, when it gets to it.
    }
  }
}

/** Pulls a host's network cables, or puts them back. */
export function setLink(cluster: ControlPlane, index: number, state: "up" | "down"): void {
  for (const port of portsOf(index)) ipBehind(cluster.enter)("link", "set", port, state);
}

const portOf = (index: number): string => `host-${index}`;
const portsOf = (index: number): string[] => [
  portOf(index),
  ...Object.values(cables).map((cable) => `${portOf(index)}-${cable}`),
];
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const ipBehind =
  ([program, ...rest]: readonly string[]) =>
  (...args: readonly string[]) =>
    execFileSync(program!, [...rest, "ip", ...args], { stdio: ["ignore", "ignore", "pipe"] });
