import { test } from "vitest";
import { until } from "../../cluster/processes.ts";
import { file } from "../cloud.ts";
import { imagesInPools } from "../outside-storage.ts";
import { secondCell, volumes } from "../plans.ts";
import { scenario } from "../scenario.ts";
import { giveFloating, moveServer, pinging, prepare, serverNamed, startServer, usableHosts } from "../servers.ts";
import { joinNodes } from "../tunnels.ts";

/* Servers whose disks lie in a Ceph, a volume that goes from one to the other, and a second cell. */
const current = scenario("Volumes and a second cell", { plan: volumes, spoils: true });
const openstack = (...args: readonly string[]) => current().client("openstack", ...args);
const [one, two, three] = [
  { name: "one", host: "host-1", address: "10.0.0.11" },
  { name: "two", host: "host-2", address: "10.0.0.12" },
  { name: "three", host: "host-3", address: "10.0.0.13" },
] as const;
const volume = "data";
const floating = "203.0.113.50";

const server = ({ name }: { readonly name: string }) => serverNamed(current().client, name);
const statusOfVolume = (): string => JSON.parse(openstack("volume", "show", volume, "--format", "json")).status;

/** Notes what was expected and seen. */
function see(what: string, expected: string, seen: string, seconds?: number): void {
  const took = seconds === undefined ? {} : { seconds };
  current().proof.see({ what, expected, seen, holds: seen === expected, ...took });
}

/** Resolves when the volume has this status; the seconds that it took. */
async function becomes(status: string): Promise<number> {
  const began = performance.now();
  const settled = () => {
    const now = statusOfVolume();
    if (now.startsWith("error")) throw new Error(`${volume}: ${now}`);
    return now === status;
  };
  await until(`${volume} ${status}`, settled, { seconds: 300 });
  return (performance.now() - began) / 1000;
}

test("servers start from disks in Ceph", async () => {
  const { client, cloud } = current();
  const seen = String(await usableHosts(cloud.cluster, client, 2));
  see("one push to an empty cluster: hosts that Nova starts servers on, of two", "2", seen, cloud.seconds);
  prepare(cloud.cluster, client, [one, two, three]);
  for (const each of [one, two]) {
    const began = performance.now();
    const status = await startServer(client, each);
    see(`a server on ${each.host}, its disk in Ceph`, "ACTIVE", status, (performance.now() - began) / 1000);
    await server(each).says(`guest: address ${each.address}`, 600);
  }
  const disks = [one, two].map((each) => `${server(each).id()}_disk`).sort();
  see("images in the pools", disks.join(", "), imagesInPools().sort().join(", "));
});

test("a volume is made, attached to a running server, and written", async () => {
  openstack("volume", "create", "--size", "1", volume);
  see("a volume is made", "available", "available", await becomes("available"));
  openstack("server", "add", "volume", one.name, volume);
  await becomes("in-use");
  const seconds = await server(one).says("guest: a disk holds nothing", 120);
  see(`${one.name} finds it as a disk while it runs`, "an empty disk", "an empty disk", seconds);
  await server(one).says("guest: a disk is written", 60);
});

test("the volume is detached, and a server on another host reads what was written", async () => {
  openstack("server", "remove", "volume", one.name, volume);
  see(`${one.name} lets it go while it runs`, "available", "available", await becomes("available"));
  openstack("server", "add", "volume", two.name, volume);
  await becomes("in-use");
  const words = `words of ${one.address}/24`;
  const seconds = await server(two).says(`guest: a disk holds ${words}`, 120);
  see(`${two.name} on another host reads the volume`, words, words, seconds);
});

test("a server moves to another host with its disk and its volume in Ceph", async () => {
  const { client } = current();
  const began = performance.now();
  await moveServer(client, two.name, one.host);
  const seconds = (performance.now() - began) / 1000;
  see(`live migration from ${two.host} to ${one.host}, its volume`, "in-use", statusOfVolume(), seconds);
});

test("a second cell comes while servers run, and has servers that reach those of the first", async () => {
  const { client, cloud, proof } = current();
  const { cluster, fleet, deliver } = cloud;
  await giveFloating(cluster, client, one.name, floating);
  const ping = pinging(cluster, floating);
  for (const [before, after] of secondCell) fleet.edit(file, before, after);
  fleet.overstack("secrets", "create", "proof");
  const began = performance.now();
  await Promise.all([deliver(), joinNodes(cluster, "more", cluster.hosts.slice(2))]);
  const seen = String(await usableHosts(cluster, client, 3));
  see("a second cell, one commit: hosts that Nova starts servers on", "3", seen, (performance.now() - began) / 1000);
  see(`a server on ${three.host}, in the second cell`, "ACTIVE", await startServer(client, three));
  await server(three).says(`guest: address ${three.address}`, 600);
  const reached = await server(three).says(`guest: reaches ${one.address}`, 120);
  see(`a ping of ${three.name} to ${one.name} in the other cell`, "answered", "answered", reached);
  const { sent, lost } = await ping();
  proof.limit(`meanwhile, ${sent} pings to a server of the first cell: none is answered for`, lost / 5, 1);
});

test("servers and volumes that are deleted leave nothing in Ceph", async () => {
  openstack("server", "remove", "volume", two.name, volume);
  await becomes("available");
  openstack("volume", "delete", volume);
  for (const { name } of [one, two, three]) openstack("server", "delete", "--wait", name);
  const gone = () => !openstack("volume", "list", "--format", "value").includes(volume);
  await until("the volume to go", gone, { seconds: 120 });
  see("what is left of them in the pools", "nothing", imagesInPools().join(", ") || "nothing");
});
