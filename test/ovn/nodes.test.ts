import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../cluster/processes.ts";
import { nbctl, now, type Ovn, prepareOvn, sbctl } from "./cluster.ts";
import { generate } from "./members.ts";
import { addressOf, generateNode, layCable, type Node, type Server, startNode } from "./nodes.ts";

const generated = generateNode();
let ovn: Ovn;
let nodes: Node[] = [];
let servers: Server[] = [];

const note = (what: string, amount: string) => console.log(`${what}: ${amount}`);
const address = (number: number) => `10.0.0.${number}`;
const anyMember = () => [...ovn.members.keys()][0]!;
const north = async (command: string) => ovn.shell(anyMember(), "northbound", nbctl(command));
const south = async (command: string) => ovn.shell(anyMember(), "southbound", sbctl(command));

/** A port of the network, and a server that is plugged in as it. */
async function server(number: number, node: Node): Promise<Server> {
  const mac = `02:00:00:00:00:0${number}`;
  await north(`lsp-add network port-${number} -- lsp-set-addresses port-${number} "${mac} ${address(number)}"`);
  return node.plug(`port-${number}`, mac, address(number));
}
/** Pings of a server on one node to the other node's that were lost while this happened. */
async function lostWhile(during: () => Promise<unknown>): Promise<number> {
  const ping = servers[0]!.ping(address(2));
  await sleep(1000);
  await during();
  await sleep(1000);
  return ping.lost();
}
/** A server that is new works within some seconds: the nodes hear of what changes. */
async function takesNews(number: number, most: number): Promise<void> {
  const moment = now();
  const added = await server(number, nodes[0]!);
  await until(`server ${number}`, () => added.reaches(address(2)), { seconds: most });
  note(`server ${number} reached the other node after`, `${(now() - moment).toFixed(1)} s`);
}

beforeAll(async () => {
  ovn = await prepareOvn(generate());
  for (const index of [0, 1, 2]) ovn.start(index, { fresh: true, founded: false });
  await ovn.ready(0, 1, 2);
  ovn.startNorthd(0);
  await ovn.working();
  layCable();
  nodes = await Promise.all([1, 2].map((number) => startNode(number, generated)));
  for (const node of nodes) await node.start("controller");
  await north("ls-add network");
  servers = await Promise.all(nodes.map((node, index) => server(index + 1, node)));
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await ovn?.stop();
});

test("each node is a chassis under its own name, and servers of two nodes reach each other through a tunnel", async () => {
  await until("the other server", () => servers[0]!.reaches(address(2)), { seconds: 60 });
  const words = async (command: string) => (await south(command)).split(/\s+/).sort();
  expect(await words("--bare --columns=name,hostname list Chassis")).toEqual(["node-1", "node-1", "node-2", "node-2"]);
  expect(await words("--bare --columns=type,ip list Encap")).toEqual([addressOf(1), addressOf(2), "geneve", "geneve"]);
  expect(await south("--bare --columns=other_config list Chassis")).toContain("ovn-cms-options=enable-chassis-as-gw");
  expect(await lostWhile(() => sleep(2000))).toBe(0);
});

// Longer than a controller leaves the flows of the one before it in place.
const settled = () => sleep(10_000);

test.each([0, 1])("the controller of node %i is replaced as its pod is: no packet is lost", async (index) => {
  const node = nodes[index]!;
  const lost = await lostWhile(async () => {
    await node.end("controller");
    await sleep(3000);
    await node.start("controller");
    await settled();
  });
  expect(lost).toBe(0);
});

test("the controller is killed: no packet is lost", async () => {
  const lost = await lostWhile(async () => {
    await nodes[0]!.kill("controller");
    await sleep(3000);
    await nodes[0]!.start("controller");
    await settled();
  });
  expect(lost).toBe(0);
});

test("the database of the node is replaced: what was plugged in is there, after a moment", async () => {
  const lost = await lostWhile(async () => {
    await nodes[0]!.end("database");
    await sleep(3000);
    await nodes[0]!.start("database");
    await settled();
  });
  note("the database of a node replaced: pings lost, 20 ms each", String(lost));
  expect(lost).toBeLessThan(250);
  expect(await nodes[0]!.shell("ovs-vsctl list-ports br-int")).toContain("node-1-0");
  await takesNews(3, 60);
});

test.each(["database", "switch"] as const)(
  "a second %s of one node does not start, and the first one goes on",
  async (program) => {
    const [node] = nodes as [Node];
    const lost = await lostWhile(async () => {
      const { code, stderr } = await node.startAgain(program);
      expect([code, stderr]).toEqual([1, expect.stringContaining("Open vSwitch runs on this node already")]);
    });
    expect(lost).toBe(0);
    expect(await node.isReady(program)).toBe(true);
    expect(await node.shell("ovs-vsctl list-br")).toContain("br-int");
  },
);

test("the leader of the Southbound database is lost: no packet is lost, and what is new arrives", async () => {
  const first = await ovn.leader("southbound");
  expect(await lostWhile(() => ovn.kill(first))).toBe(0);
  await takesNews(4, 120);
  ovn.start(first);
  await ovn.ready(first);
});

test("all databases are away: no packet is lost, also where a controller is replaced meanwhile", async () => {
  const lost = await lostWhile(async () => {
    for (const index of [0, 1, 2]) await ovn.kill(index);
    await nodes[0]!.end("controller");
    nodes[0]!.begin("controller");
    await sleep(20_000);
    // It has no database.
    expect(await nodes[0]!.isReady("controller")).toBe(false);
    for (const index of [0, 1, 2]) ovn.start(index);
    await ovn.ready(0, 1, 2);
    await nodes[0]!.ready("controller");
    await settled();
  });
  expect(lost).toBe(0);
  await takesNews(5, 150);
});

test("the switch is replaced: packets are lost until the controller has made its flows again", async () => {
  const lost = await lostWhile(async () => {
    await nodes[0]!.end("switch");
    await nodes[0]!.start("switch");
    await settled();
  });
  note("the switch of a node replaced: pings lost, 20 ms each", String(lost));
  expect(lost).toBeGreaterThan(0);
  expect(await lostWhile(() => sleep(2000))).toBe(0);
});

test("an interface that is missing or has an address is refused, and the controller that runs goes on", async () => {
  const [node] = nodes as [Node];
  const refused = async (port: string) =>
    (await node.startAgain("controller", generateNode({}, { physnet1: port }))).stderr;
  const lost = await lostWhile(async () => {
    expect(await refused("eth9")).toBe("node-1 has no interface eth9, which would lead to physnet1\n");
    expect(await refused("eth0")).toContain("eth0 of node-1 has an address and would lose it in a bridge");
  });
  expect(lost).toBe(0);
  expect(await node.shell("ovs-vsctl list-br")).not.toContain("br-physnet1");
});

test("a physical network gets a bridge with its interface, moves with it, and goes; bridges of others stay", async () => {
  const [node] = nodes as [Node];
  const bridges = async () => (await node.shell("ovs-vsctl list-br")).split(/\s+/);
  const mappings = async () => node.shell("ovs-vsctl --if-exists get Open_vSwitch . external-ids:ovn-bridge-mappings");
  node.addInterface("eth2");
  const restart = async (networks: Readonly<Record<string, string>>) => {
    await node.end("controller");
    await node.start("controller", generateNode({}, networks));
  };
  await restart({ physnet1: "eth2" });
  expect(await node.shell("ovs-vsctl list-ports br-physnet1")).toBe("eth2");
  expect(await mappings()).toBe('"physnet1:br-physnet1"');
  const long = "a-network-with-a-long-name";
  await restart({ [long]: "eth2" });
  const [bridge] = (await bridges()).filter(
    (name) => name.startsWith("br-") && !["br-int", "br-tunnels"].includes(name),
  );
  expect(bridge).toHaveLength(15);
  expect(await node.shell(`ovs-vsctl list-ports ${bridge}`)).toBe("eth2");
  expect(await mappings()).toBe(`"${long}:${bridge}"`);
  await restart({});
  expect(await bridges()).toEqual(["br-int", "br-tunnels"]);
  expect(await mappings()).toBe("");
});

test("tunnels take the address of the node in the network that is theirs; a node without one is refused", async () => {
  const [node] = nodes as [Node];
  const ends = () => node.shell("ovs-vsctl get Open_vSwitch . external-ids:ovn-encap-ip");
  expect(await ends()).toBe(`"${addressOf(1)}"`);
  const { code, stderr } = await node.startAgain("controller", generateNode({ tunnelNetwork: "10.99.0.0/16" }));
  expect([code, stderr]).toEqual([1, "node-1 has no address in 10.99.0.0/16, the tunnelNetwork\n"]);
  await node.end("controller");
  await node.start("controller", generateNode({ tunnelNetwork: "10.77.0.0/24" }));
  expect(await ends()).toBe('"10.77.0.201"');
  await node.end("controller");
  await node.start("controller");
  expect(await ends()).toBe(`"${addressOf(1)}"`);
});

test("a node that OVN knows under another name is refused", async () => {
  const [node] = nodes as [Node];
  await node.end("controller");
  await node.shell("ovs-vsctl set Open_vSwitch . external-ids:system-id=another");
  const { code, stderr } = await node.startAgain("controller");
  expect([code, stderr]).toEqual([1, expect.stringContaining("is the chassis another, and the node is called node-1")]);
  await node.shell("ovs-vsctl remove Open_vSwitch . external-ids system-id");
  await node.start("controller");
});
