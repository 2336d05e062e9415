import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../cluster/processes.ts";
import { type Load, names, nbctl, now, type Ovn, prepareOvn, sbctl, startLoad } from "./cluster.ts";
import { runBlock } from "./kubectl.ts";
import { generate } from "./members.ts";
import { isLetIn, type Shown } from "./strangers.ts";

// A silent client is missed after two of these, 20 s instead of 60 each: so long one northd waits for the other.
const generated = generate({ probeInterval: 20 });
let ovn: Ovn;
let load: Load;

const note = (what: string, seconds: number) => console.log(`${what}: ${seconds.toFixed(1)} s`);
/** Writes go on within some seconds, and what was written before is there. */
async function goesOn(what: string, moment: number, most: number): Promise<void> {
  const known = load.rows().length;
  await until("rows again", () => load.rows().length > known + 3, { seconds: 180 });
  note(`${what}: longest time without a row`, load.pauseSince(moment));
  expect(load.pauseSince(moment)).toBeLessThan(most);
  // Of what was under way nobody knows whether it was written; the client has one request at a time.
  expect(load.errorsSince(moment).length).toBeLessThan(2);
  const rows = load.rows();
  const index = await ovn.leader("northbound");
  const kept = new Set(
    (await ovn.shell(index, "northbound", nbctl("--bare --columns=name list Logical_Switch"))).split(/\s+/),
  );
  expect(rows.filter((row) => !kept.has(row))).toEqual([]);
}
/** Three servers, each the one that runs. */
async function countsThree(): Promise<void> {
  for (const name of names) {
    const running = (await Promise.all([0, 1, 2].map((index) => ovn.id(index, name)))).sort();
    for (const index of [0, 1, 2])
      await until("three servers", async () => `${await ovn.servers(index, name)}` === `${running}`, { seconds: 60 });
  }
}
const clusters = async () => Promise.all(names.map((name) => ovn.cluster(1, name)));

beforeAll(async () => {
  ovn = await prepareOvn(generated);
  for (const index of [0, 1]) ovn.start(index, { fresh: true, founded: false });
  // Two of three do not found a cluster: the third may hold the data.
  await sleep(12_000);
  for (const index of [0, 1]) expect(ovn.members.get(index)!.log("northbound")).toContain("waits for ovn-database-2");
  ovn.start(2, { fresh: true, founded: false });
  await ovn.ready(0, 1, 2);
  expect(ovn.members.get(0)!.log("northbound")).toContain("founds a cluster");
  for (const index of [1, 2]) expect(ovn.members.get(index)!.log("northbound")).toContain("joins cluster");
  for (const index of [0, 1]) ovn.startNorthd(index);
  load = await startLoad(generated, "row");
});
afterAll(async () => {
  load?.stop();
  await ovn?.stop();
});

test("what Neutron's library writes, northd translates; one northd works and the other waits", async () => {
  await countsThree();
  const working = await ovn.working();
  expect([0, 1]).toContain(working);
  await until("the first row in the Southbound database", async () =>
    (await ovn.shell(0, "southbound", sbctl("--bare --columns=external_ids list Datapath_Binding"))).includes(
      "name=row-0",
    ),
  );
});

test("a client without a certificate of OVN's authority is refused, at the ports of clients and of members", async () => {
  for (const port of [6641, 6642, 6643, 6644]) {
    const at = (shown: Shown) => isLetIn(generated.hosts[0]!, port, shown);
    expect([await at("own"), await at("another's"), await at("none")], `${port}`).toEqual([true, false, false]);
  }
});

test("the leader's pod is killed: another leads, and it comes back with its disk", async () => {
  const first = await ovn.leader("northbound");
  const before = await ovn.id(first, "northbound");
  const moment = now();
  await ovn.kill(first);
  await goesOn("the leader's pod killed", moment, 30);
  ovn.start(first);
  await ovn.ready(first);
  expect(await ovn.id(first, "northbound")).toBe(before);
  await countsThree();
});

test("the leader is told to end: it hands over first", async () => {
  const first = await ovn.leader("northbound");
  const moment = now();
  await ovn.end(first);
  const next = await ovn.leader("northbound");
  expect(await ovn.status(next, "northbound")).toContain("reason: leadership_transfer");
  // Neutron's library tries one member after the other until it finds who leads, each time later.
  await goesOn("the leader told to end", moment, 20);
  ovn.start(first);
  await ovn.ready(first);
});

test("the leader's host is silent: another leads, and the silent one finds the others again", async () => {
  const first = await ovn.leader("northbound");
  const moment = now();
  ovn.members.get(first)!.setLink("down");
  await goesOn("the leader's host silent", moment, 45);
  await until("the silent one knows", async () => !(await ovn.isReady(first)), { seconds: 60 });
  ovn.members.get(first)!.setLink("up");
  await ovn.ready(first);
  await countsThree();
});

for (const whose of ["member 0's", "the leader's"])
  test(`${whose} disk is lost: it joins and founds nothing, and what it was before is removed`, async () => {
    const lost = whose === "the leader's" ? await ovn.leader("northbound") : 0;
    const before = await clusters();
    const known = await Promise.all(names.map((name) => ovn.id(lost, name)));
    const moment = now();
    await ovn.kill(lost);
    ovn.start(lost, { fresh: true });
    await ovn.ready(lost);
    await goesOn(`${whose} disk lost`, moment, 30);
    expect(await clusters()).toEqual(before);
    await countsThree();
    for (const [index, name] of names.entries()) {
      expect(ovn.members.get(lost)!.log(name)).toContain(`removes ${known[index]}, which this member was before`);
      expect(await ovn.servers(lost, name)).not.toContain(known[index]);
    }
  });

test("the northd that works is killed, and then silent: the other one works", async () => {
  for (const end of ["killed", "silent"]) {
    const first = await ovn.working();
    const other = 1 - first;
    const moment = now();
    if (end === "killed") await ovn.northd.get(first)!.kill();
    else ovn.northd.get(first)!.setLink("down");
    const { exec } = ovn.northd.get(other)!;
    await until("the other one", async () =>
      (await exec("northd", ["timeout", "5", "ovs-appctl", "-t", "/run/ovn/northd.ctl", "status"])).stdout.includes(
        "active",
      ),
    );
    note(`northd ${end}: the other one works after`, now() - moment);
    if (end === "killed") ovn.startNorthd(first);
    else ovn.northd.get(first)!.setLink("up");
    await until(
      "a second one",
      async () =>
        (await ovn.northd.get(first)!.exec("northd", ovn.northd.get(first)!.pod.containers[0]!.probes.ready)).code ===
        0,
    );
  }
});

test("all members are away, and come back with their disks: nothing is lost", async () => {
  const before = await clusters();
  const moment = now();
  for (const index of [0, 1, 2]) await ovn.kill(index);
  await sleep(5000);
  for (const index of [0, 1, 2]) ovn.start(index);
  await ovn.ready(0, 1, 2);
  await goesOn("all members away for 5 s", moment, 90);
  expect(await clusters()).toEqual(before);
  await countsThree();
});

/**
 * Clients remember how far they have read, and take a database that has not come so far for stale. So those of a database that began
 * again are started again: https://www.ovn.org/support/dist-docs/ovn-northd.8.html (sb-cluster-state-reset)
 */
async function startClientsAgain(prefix: string): Promise<void> {
  load.stop();
  for (const index of [0, 1]) {
    await ovn.northd.get(index)!.kill();
    ovn.startNorthd(index);
  }
  load = await startLoad(generated, prefix);
}
/** These rows are in the Northbound database, and what northd makes of them in the other one. */
async function areThere(rows: readonly string[]): Promise<void> {
  const missing = async (line: string) => {
    const said = new Set((await ovn.shell(0, "northbound", line)).split(/[\s{},="]+/));
    return rows.filter((row) => !said.has(row));
  };
  expect(await missing(nbctl("--bare --columns=name list Logical_Switch"))).toEqual([]);
  const south = sbctl("--bare --columns=external_ids list Datapath_Binding");
  await until("northd to translate them", async () => (await missing(south)).length === 0);
}

test("two disks are lost: nobody founds a cluster, and the copy of the third brings all back", async () => {
  const before = await clusters();
  for (const index of [0, 1]) await ovn.kill(index);
  for (const index of [0, 1]) ovn.start(index, { fresh: true });
  await sleep(20_000);
  for (const index of [0, 1]) expect(await ovn.isReady(index)).toBe(false);
  const kept = load.rows();
  const moment = now();
  await runBlock("docs/ovn.md", "ovsdb-tool cluster-to-standalone", { "ovn-database-2": ovn.members.get(2)! });
  await ovn.ready(0, 1, 2);
  expect(ovn.members.get(2)!.log("northbound")).toContain("founds a cluster with its copy");
  for (const [index, cluster] of (await clusters()).entries()) expect(cluster).not.toBe(before[index]);
  await startClientsAgain("again");
  note("two disks lost: written again after the way back", now() - moment);
  await areThere([...kept, ...load.rows()]);
  await countsThree();
});

test("all disks are lost: nobody founds an empty cluster, until somebody says so or brings a copy", async () => {
  const backup = "ovsdb-client backup unix:/run/ovn/northbound.sock OVN_Northbound";
  const kept = load.rows();
  const saved = await ovn.shell(0, "northbound", backup);
  load.stop();
  for (const index of [0, 1, 2]) await ovn.kill(index);
  for (const index of [0, 1, 2]) ovn.start(index, { fresh: true });
  await sleep(20_000);
  for (const index of [0, 1, 2]) {
    expect(await ovn.isReady(index)).toBe(false);
    expect(ovn.members.get(index)!.log("northbound")).toContain("waits for a copy: a cluster was founded before");
  }
  // As docs/ovn.md says: the Northbound database of a copy, the other one from nothing.
  writeFileSync("/run/overstack/volumes/ovn-database-1/data/northbound.copy", `${saved}\n`);
  await ovn.shell(2, "southbound", 'ovsdb-tool create /var/lib/ovn/southbound.copy "$SCHEMA_FILE"');
  await ovn.ready(0, 1, 2);
  await countsThree();
  await startClientsAgain("restored");
  await areThere([...kept, ...load.rows()]);
});

test("three members become five: the new ones join by themselves", async () => {
  const more = generate({ probeInterval: 20, replicas: { database: 5, northd: 2 } });
  for (const index of [3, 4]) ovn.start(index, { fresh: true, from: more });
  await ovn.ready(3, 4);
  // The others are replaced one after the other, since their list of members has changed.
  for (const index of [2, 1, 0]) {
    await ovn.end(index);
    ovn.start(index, { from: more });
    await ovn.ready(index);
  }
  for (const name of names) expect(await ovn.servers(0, name)).toHaveLength(5);
});
