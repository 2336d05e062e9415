import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Host } from "../hosts.ts";
import { servers } from "../plans.ts";
import { replacePodOn } from "../pods.ts";
import { scenario } from "../scenario.ts";
import {
  giveFloating,
  moveServer,
  openConsole,
  pinging,
  prepare,
  type Server,
  serverNamed,
  startServer,
  usableHosts,
} from "../servers.ts";

/* From one push to servers that talk to each other, and to the world. */
const current = scenario("Servers", { plan: servers, spoils: true });
const openstack = (...args: readonly string[]) => current().client("openstack", ...args);
const [one, two] = [
  { name: "one", host: "host-1", address: "10.0.0.11" },
  { name: "two", host: "host-2", address: "10.0.0.12" },
] as const;
const floating = "203.0.113.50";

const server = ({ name }: { readonly name: string }): Server => serverNamed(current().client, name);
const hostOf = ({ host }: { readonly host: string }): Host =>
  current().cloud.cluster.hosts.find(({ name }) => name === host)!;
/** Numbers of the processes that are servers of a host. libvirt also starts QEMU to ask what it can do, for a moment. */
const machines = (at: { readonly host: string }): string[] =>
  hostOf(at).run("sh", "-c", "pgrep --full 'qemu-system.*guest=[i]nstance-' || :").split("\n").filter(Boolean);

/** Notes what was expected and seen. */
function see(what: string, expected: string, seen: string, seconds?: number): void {
  const took = seconds === undefined ? {} : { seconds };
  current().proof.see({ what, expected, seen, holds: seen === expected, ...took });
}

test("Nova knows every host", async () => {
  const { client, cloud } = current();
  const all = cloud.cluster.hosts.length;
  const seen = String(await usableHosts(cloud.cluster, client, all));
  see("one push to an empty cluster: hosts that Nova starts servers on", String(all), seen, cloud.seconds);
});

test("servers start on two hosts, and get their addresses and metadata", async () => {
  const { client, cloud } = current();
  prepare(cloud.cluster, client, [one, two]);
  for (const each of [one, two]) {
    const began = performance.now();
    const status = await startServer(client, each);
    see(`a server on ${each.host}`, "ACTIVE", status, (performance.now() - began) / 1000);
  }
  for (const each of [one, two]) {
    const { name, address } = each;
    const booted = await server(each).says(`guest: address ${address}`, 600);
    see(`the address that ${name} got by DHCP, on its console`, address, address, booted);
    // What Nova calls a server is known to nobody in it but by metadata.
    const told = await server(each).says(`"uuid": "${server(each).id()}"`, 300);
    see(`who ${name} is, by metadata`, "its ID in Nova", "its ID in Nova", told);
  }
});

test("a server's console opens with the URL that its user gets", () => {
  const { client, cloud } = current();
  const shown = openConsole(cloud.cluster, client, one.name, "cell1");
  see("the console of a server, by WebSocket and TLS: its display", `QEMU (${server(one).domain()})`, shown);
});

test("servers on two hosts reach each other", async () => {
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const) {
    const seconds = await server(from).says(`guest: reaches ${to.address}`, 120);
    see(`a ping of ${from.name} to ${to.name} on the other host`, "answered", "answered", seconds);
  }
});

test("a server answers at a floating address", async () => {
  const { client, cloud } = current();
  const began = performance.now();
  await giveFloating(cloud.cluster, client, one.name, floating);
  see("pings from outside to a floating address", "answered", "answered", (performance.now() - began) / 1000);
});

/** Notes how many pings to a server were lost while this happened, and that its process is still the same one. */
async function outlives(what: string, happens: () => Promise<void>): Promise<void> {
  const before = machines(one);
  expect(before).toHaveLength(1);
  const ping = pinging(current().cloud.cluster, floating);
  await sleep(2000);
  await happens();
  const { sent, lost } = await ping();
  const seen = machines(one).join() === before.join() ? `${lost} lost` : "its process is another one";
  see(`${what}: ${sent} pings to a server of its host`, "0 lost", seen);
  expect(server(one).status()).toBe("ACTIVE");
}

test.each([
  ["libvirt", "libvirtd"],
  ["nova-compute", "agent"],
  ["chassis", "controller"],
] as const)("a server outlives the pod of %s", (component, role) =>
  outlives(`the pod of ${component} is replaced`, () =>
    replacePodOn(current().cloud.cluster, hostOf(one), component, role),
  ),
);

test("a server outlives the kubelet and the container runtime of its host", () =>
  outlives("kubelet and containerd are killed, and start again", async () => {
    hostOf(one).run("pkill", "-KILL", "-x", "kubelet");
    hostOf(one).run("pkill", "-KILL", "-x", "containerd");
    await sleep(20_000);
  }));

test("a server that is deleted is gone, with its process", async () => {
  expect(machines(two)).toHaveLength(1);
  openstack("server", "delete", "--wait", two.name);
  see("a server is deleted: machines of its host", "0", String(machines(two).length));
});

test("a server moves to another host, and answers meanwhile", async () => {
  const { client, cloud, proof } = current();
  const ping = pinging(cloud.cluster, floating);
  await sleep(2000);
  const began = performance.now();
  await moveServer(client, one.name, two.host);
  const seconds = (performance.now() - began) / 1000;
  const { lost } = await ping();
  see(
    `live migration from ${one.host} to ${two.host}, disk included: machines there`,
    "0 and 1",
    `${machines(one).length} and ${machines(two).length}`,
    seconds,
  );
  proof.limit("live migration: a server does not answer at its floating address for", lost / 5, 5);
});

test("a server outlives a host with parts of the control plane, and of gateways", async () => {
  const { cloud, proof } = current();
  const third = cloud.cluster.hosts.find(({ name }) => name !== one.host && name !== two.host)!;
  expect(server(one).status()).toBe("ACTIVE");
  const ping = pinging(cloud.cluster, floating);
  await sleep(2000);
  await third.turnOff();
  await sleep(20_000);
  const { lost } = await ping();
  proof.limit("a host without servers loses power: a server does not answer at its floating address for", lost / 5, 5);
});
