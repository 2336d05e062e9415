import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../cluster/processes.ts";
import { type Running, startPod } from "../coordination/lab.ts";
import { isReadyByPort, type Service, startService } from "../coordination/service.ts";
import { nbctl, now, type Ovn, prepareOvn, sbctl } from "./cluster.ts";
import { generate } from "./members.ts";
import { generateNode, layCable, type Node, type Server, startNode } from "./nodes.ts";
import { isLetIn, type Shown } from "./strangers.ts";

const settings = { relays: true };
const generated = generate(settings);
const relays = new Map<number, Running>();
let ovn: Ovn;
let service: Service;
let nodes: Node[] = [];
let servers: Server[] = [];

const address = (number: number) => `10.0.0.${number}`;
const anyMember = () => [...ovn.members.keys()][0]!;
const north = async (command: string) => ovn.shell(anyMember(), "northbound", nbctl(command));
const startRelay = (index: number) => void relays.set(index, startPod(generated.relay(index)));
const isReady = async (index: number) => {
  const { pod, exec } = relays.get(index)!;
  return (await exec("relay", pod.containers[0]!.probes.ready)).code === 0;
};
const ready = (index: number) => until(`relay ${index}`, () => isReady(index), { seconds: 120 });

async function server(number: number, node: Node): Promise<Server> {
  const mac = `02:00:00:00:00:${String(number).padStart(2, "0")}`;
  await north(`lsp-add network port-${number} -- lsp-set-addresses port-${number} "${mac} ${address(number)}"`);
  return node.plug(`port-${number}`, mac, address(number));
}
/** A server that is new works: the nodes hear of what changes, and what they write arrives. */
async function takesNews(what: string, number: number, most: number): Promise<void> {
  const moment = now();
  const added = await server(number, nodes[0]!);
  await until(`server ${number}`, () => added.reaches(address(2)), { seconds: most });
  const binding = sbctl(`--bare --columns=up find Port_Binding logical_port=port-${number}`);
  await until("what the node wrote", async () => (await ovn.shell(anyMember(), "southbound", binding)) === "true");
  console.log(`${what}: a new server reached the other node after ${(now() - moment).toFixed(1)} s`);
}
/** Pings that were lost while this happened. */
async function lostWhile(during: () => Promise<unknown>): Promise<number> {
  const ping = servers[0]!.ping(address(2));
  await sleep(1000);
  await during();
  await sleep(1000);
  return ping.lost();
}

beforeAll(async () => {
  ovn = await prepareOvn(generated);
  for (const index of [0, 1, 2]) ovn.start(index, { fresh: true, founded: false });
  await ovn.ready(0, 1, 2);
  ovn.startNorthd(0);
  await ovn.working();
  for (const index of [0, 1]) startRelay(index);
  for (const index of [0, 1]) await ready(index);
  service = startService([6642], relays, isReadyByPort(6642));
  layCable();
  nodes = await Promise.all([1, 2].map((number) => startNode(number, generateNode({}, {}, settings))));
  for (const node of nodes) await node.start("controller");
  await north("ls-add network");
  servers = await Promise.all(nodes.map((node, index) => server(index + 1, node)));
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  service?.close();
  for (const relay of relays.values()) await relay.kill();
  await ovn?.stop();
});

test("nodes ask relays and no member, and what they write arrives at the members", async () => {
  await until("the other server", () => servers[0]!.reaches(address(2)), { seconds: 60 });
  for (const node of nodes)
    expect(await node.shell("ovs-vsctl get Open_vSwitch . external-ids:ovn-remote")).toBe(
      '"ssl:ovn-relay.openstack-infrastructure.svc.cluster.local:6642"',
    );
  const names = await ovn.shell(anyMember(), "southbound", sbctl("--bare --columns=name list Chassis"));
  expect(names.split(/\s+/).sort()).toEqual(["node-1", "node-2"]);
  await takesNews("all are there", 3, 60);
});

test("a relay lets in whom the members let in", async () => {
  const at = (shown: Shown) => isLetIn(relays.get(0)!.pod.host, 6642, shown);
  expect([await at("own"), await at("another's"), await at("none")]).toEqual([true, false, false]);
});

test("each relay in turn is killed: no packet is lost, and the nodes go on with the other", async () => {
  for (const index of [0, 1]) {
    const lost = await lostWhile(async () => {
      await relays.get(index)!.kill();
      relays.delete(index);
      await takesNews(`relay ${index} killed`, 4 + index, 60);
    });
    expect(lost).toBe(0);
    startRelay(index);
    await ready(index);
    await until("the Service to know", () => service.ready().includes(index), { seconds: 30 });
  }
});

test("the leader of the Southbound database is killed: the relays go on with another member", async () => {
  const first = await ovn.leader("southbound");
  await ovn.kill(first);
  await takesNews("the leader killed", 6, 120);
  ovn.start(first);
  await ovn.ready(first);
});

test("all members are away for a minute, and come back at other addresses: relays and northd find them", async () => {
  const lost = await lostWhile(async () => {
    for (const index of [0, 1, 2]) await ovn.kill(index);
    await sleep(60_000);
    for (const index of [0, 1]) expect(await isReady(index)).toBe(false);
    for (const index of [0, 1, 2]) ovn.start(index);
    await ovn.ready(0, 1, 2);
    const moment = now();
    for (const index of [0, 1]) await ready(index);
    console.log(`all members were away: relays had one after ${(now() - moment).toFixed(1)} s`);
  });
  expect(lost).toBe(0);
  await takesNews("all members were away", 7, 150);
});
