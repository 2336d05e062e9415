import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { defaultRelease, releases } from "../../generator/contract/release.ts";
import { until } from "../cluster/processes.ts";
import { run } from "../config/environment.ts";
import { nbctl, type Ovn, prepareOvn } from "./cluster.ts";
import { generate } from "./members.ts";
import { type Agent, metadataOf, startAgent, startNova } from "./metadata.ts";
import { generateNode, layCable, type Node, type Server, startNode } from "./nodes.ts";

// Rows are written as Neutron writes them: https://docs.openstack.org/neutron/latest/contributor/internals/ovn/metadata_api.html

// An agent starts for a minute on a busy machine.
vi.setConfig({ testTimeout: 900_000 });

const networks = ["6f0e4f3a-0b5e-4a51-9f0e-2f0d6f1c0001", "b21d7c50-93e4-4c1a-8d7f-5e6a7b8c0002"] as const;
const project = "9a1b2c3d4e5f60718293a4b5c6d7e8f9";
const port = "10.0.0.2";

let ovn: Ovn;
let node: Node;
let nova: { readonly stop: () => void };
let agent: Agent | undefined;
let servers: (Server & { readonly id: string })[];

const north = (command: string) => ovn.shell([...ovn.members.keys()][0]!, "northbound", nbctl(command));
const externals = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([key, value]) => `'external_ids:"neutron:${key}"="${value}"'`)
    .join(" ");

/** A network with its port for metadata. */
async function network(number: 0 | 1): Promise<void> {
  const id = networks[number];
  const values = {
    device_owner: "network:distributed",
    device_id: `ovnmeta-${id}`,
    cidrs: `${port}/24`,
    mtu: "1442",
  };
  await north(
    `ls-add neutron-${id} -- lsp-add neutron-${id} metadata-${number} -- lsp-set-type metadata-${number} localport -- ` +
      `lsp-set-addresses metadata-${number} "02:00:00:00:00:ff ${port}" -- ` +
      `set Logical_Switch_Port metadata-${number} ${externals(values)}`,
  );
}

/** A server whose lease had the route to the metadata. Two networks may have the same addresses. */
async function server(of: 0 | 1, number: number, address = "10.0.0.10"): Promise<Server & { readonly id: string }> {
  const [id, name, mac] = [
    `00000000-0000-4000-8000-00000000000${number}`,
    `port-${number}`,
    `02:00:00:00:00:0${number}`,
  ];
  await north(
    `lsp-add neutron-${networks[of]} ${name} -- lsp-set-addresses ${name} "${mac} ${address}" -- ` +
      `set Logical_Switch_Port ${name} ${externals({ device_id: id, project_id: project, mtu: "1442" })}`,
  );
  const plugged = await node.plug(name, mac, address);
  // A guest of QEMU hands its packets over with their checksums.
  await plugged.run("ethtool", "-K", "eth0", "tx", "off");
  await plugged.run("ip", "route", "add", "169.254.169.254", "via", port);
  return { ...plugged, id };
}

const ask = (from: Server) =>
  from.run("curl", "--silent", "--fail", "--max-time", "10", "http://169.254.169.254/latest/meta-data/");
const namespaces = async () => {
  const { stdout } = await run(node.enter[0]!, [...node.enter.slice(1), "ls", "/run/netns"]);
  return stdout.trim().split("\n");
};
const note = (what: string, seconds: number) => console.log(`${what}: ${seconds.toFixed(1)} s`);

beforeAll(async () => {
  ovn = await prepareOvn(generate());
  for (const index of [0, 1, 2]) ovn.start(index, { fresh: true, founded: false });
  await ovn.ready(0, 1, 2);
  ovn.startNorthd(0);
  await ovn.working();
  nova = await startNova();
  layCable();
  node = await startNode(1, generateNode());
  await node.start("controller");
  for (const number of [0, 1] as const) await network(number);
  servers = [await server(0, 1), await server(1, 2)];
});
afterAll(async () => {
  await agent?.end("SIGKILL").catch(() => 0);
  nova?.stop();
  await node?.stop();
  await ovn?.stop();
});

describe.each(releases)("the agent of %s", (release) => {
  test("answers each server with what Nova says of it, though two have one address", async () => {
    agent = await startAgent(node, release);
    for (const each of servers) {
      const { asked, after } = await metadataOf(() => ask(each), 400);
      expect(asked).toEqual({ server: each.id, project, address: "10.0.0.10" });
      note(`${release}: metadata after the start of the agent`, after);
    }
    await until("a ready agent", () => agent!.isReady(), { seconds: 30 });
  });

  test("is replaced, or killed: the namespaces stay, and servers are answered again", async () => {
    const before = await namespaces();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      note(`${release}: end of the agent by ${signal}`, await agent!.end(signal));
      expect((await ask(servers[0]!)).code).not.toBe(0);
      agent = await startAgent(node, release);
      const { after } = await metadataOf(() => ask(servers[0]!), 400);
      note(`${release}: metadata after the start of the next one`, after);
      await metadataOf(() => ask(servers[1]!), 200);
      expect(await namespaces()).toEqual(before);
    }
  });

  test("ends with its container", async () => {
    await agent!.end("SIGTERM");
  });
});

test("a second agent on one node does not start, and the first one goes on", async () => {
  agent = await startAgent(node, defaultRelease);
  await metadataOf(() => ask(servers[0]!), 400);
  const second = await startAgent(node, defaultRelease);
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain("another metadata agent works on this node");
  await metadataOf(() => ask(servers[0]!), 60);
});

test("the member that the agent asks is lost: servers are answered, and one that is new is too", async () => {
  await ovn.kill(await ovn.leader("southbound"));
  await metadataOf(() => ask(servers[0]!), 60);
  const added = await server(0, 3, "10.0.0.11");
  const { asked, after } = await metadataOf(() => ask(added), 400);
  expect(asked).toEqual({ server: added.id, project, address: "10.0.0.11" });
  note("metadata of a new server after a member was lost", after);
});

test("all databases are away: servers that were there are answered", async () => {
  const members = [...ovn.members.keys()];
  for (const index of members) await ovn.kill(index);
  await metadataOf(() => ask(servers[0]!), 60);
  for (const index of [0, 1, 2]) ovn.start(index);
  await ovn.ready(0, 1, 2);
});

test("the last server of a network leaves the node, and its namespace goes", async () => {
  await until("a member that writes", () => north("--if-exists lsp-del port-2").then(() => true), { seconds: 120 });
  await until("no namespace", async () => (await namespaces()).join() === `ovnmeta-${networks[0]}`, { seconds: 240 });
  await metadataOf(() => ask(servers[0]!), 60);
});

test("Nova is away: its servers are told so", async () => {
  nova.stop();
  const url = "http://169.254.169.254/latest/meta-data/";
  const asked = await servers[0]!.run("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", url);
  expect(asked.stdout).toBe("503");
});
