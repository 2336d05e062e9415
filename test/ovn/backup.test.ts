import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../cluster/processes.ts";
import { type Running, startPod } from "../coordination/lab.ts";
import { type Load, nbctl, now, type Ovn, prepareOvn, sbctl, startLoad } from "./cluster.ts";
import { runBlock } from "./kubectl.ts";
import { generate } from "./members.ts";

const generated = generate({ probeInterval: 20 });
const page = "docs/ovn.md";
let ovn: Ovn;
let load: Load;
let copies: Running;

/** Runs what the CronJob runs, with its volume; `before` are shell commands that come first. Names of copies have whole seconds. */
const copy = async (before = "") => {
  await sleep(1100);
  const [script] = copies.pod.containers[0]!.command.slice(-1);
  return copies.exec("backup", ["env", "HOLD_SECONDS=0", "sh", "-c", `${before}\n${script}`]);
};
const shell = async (line: string) => (await copies.exec("backup", ["sh", "-c", line])).stdout.trim();
/** Names of the copies, the oldest first. */
const kept = async () => (await shell("cd /var/backups && ls")).split("\n").filter((name) => name !== "");
const switches = async () =>
  new Set((await ovn.shell(0, "northbound", nbctl("--bare --columns=name list Logical_Switch"))).split(/\s+/));

beforeAll(async () => {
  ovn = await prepareOvn(generated);
  for (const index of [0, 1, 2]) ovn.start(index, { fresh: true, founded: false });
  await ovn.ready(0, 1, 2);
  for (const index of [0, 1]) ovn.startNorthd(index);
  load = await startLoad(generated, "row");
  copies = startPod(generated.copies, { fresh: true });
  await until("the volume", async () => (await shell("ls -d /var/backups")) !== "");
});
afterAll(async () => {
  load?.stop();
  await copies?.kill();
  await ovn?.stop();
});

test("a copy is made while the network changes, and the next one lies beside it", async () => {
  for (const count of [1, 2]) {
    const { code, stdout, stderr } = await copy();
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/northbound-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.gz/);
    expect(await kept()).toHaveLength(count);
  }
});

test("copies that are too old go, but not while there is no younger one", async () => {
  const [first, second] = await kept();
  await shell("touch -d '8 days ago' /var/backups/*");
  await copy();
  const after = await kept();
  expect(after).toEqual([first, second, expect.any(String)]);
  await copy();
  expect(await kept()).toEqual([after[2], expect.any(String)]);
});

test("a copy that is not whole does not count, and the Job says so", async () => {
  const before = await kept();
  // As on a volume that is full: writing fails, and no signal ends the program.
  const { code, stderr } = await copy("trap '' XFSZ; ulimit -f 1");
  expect(code).not.toBe(0);
  expect(stderr).toContain("write to stdout failed");
  expect((await kept()).filter((name) => name.startsWith("northbound-"))).toEqual(before);
  // What it left is no obstacle.
  expect((await copy()).code).toBe(0);
  expect(await kept()).toEqual([...before, expect.any(String)]);
});

test("a copy that was cut off does not count either, wherever it was cut", async () => {
  const before = await kept();
  const size = Number(await shell(`gunzip --stdout /var/backups/${before.at(-1)} | wc --bytes`));
  for (const bytes of [0, 20, 2000, Math.floor(size / 2), size - 2]) {
    const { code, stderr } = await copy(
      `part() { ovsdb-client "$@" | head --bytes=${bytes}; }\nalias ovsdb-client=part`,
    );
    expect([code, stderr], `${bytes} of ${size}`).toEqual([1, expect.stringContaining("the copy is not whole")]);
  }
  expect((await kept()).filter((name) => name.startsWith("northbound-"))).toEqual(before);
});

test("two disks of three are lost and the third cannot be read: the copy brings the network back as the page says, northd the rest", async () => {
  const before = load.rows();
  expect((await copy()).code).toBe(0);
  const copied = load.rows().length;
  await until("rows after the copy", () => load.rows().length > copied + 3);
  load.stop();
  const all = load.rows();
  const count = (await kept()).length;
  for (const index of [0, 1]) await ovn.kill(index);
  for (const index of [0, 1]) ovn.start(index, { fresh: true });
  await until("the third one knows", async () => !(await ovn.isReady(2)), { seconds: 60 });
  const { code, stderr } = await copy("alias ovsdb-client='timeout 20 ovsdb-client'");
  expect(code, stderr).not.toBe(0);
  expect(await kept()).toHaveLength(count + 1);
  await ovn.kill(2);
  ovn.start(2, { fresh: true });
  await until(
    "all to wait",
    () =>
      [0, 1, 2].every((index) =>
        ["northbound", "southbound"].every((name) => ovn.members.get(index)!.log(name).includes("waits for a copy")),
      ),
    { seconds: 100 },
  );

  const moment = now();
  const pods = { "ovn-copies": copies, "ovn-database-0": ovn.members.get(0)! };
  for (const words of ["gunzip --stdout", "cat > /var/lib/ovn/new", "ovsdb-tool create /var/lib/ovn/southbound.copy"])
    await runBlock(page, words, pods);
  await ovn.ready(0, 1, 2);
  console.log(`restored from a copy: ${(now() - moment).toFixed(1)} s`);
  expect(ovn.members.get(0)!.log("northbound")).toContain("founds a cluster with its copy");

  for (const index of [0, 1]) {
    await ovn.northd.get(index)!.kill();
    ovn.startNorthd(index);
  }
  const there = await switches();
  expect(before.filter((row) => !there.has(row))).toEqual([]);
  // What was made since the copy is what Neutron's comparison has to say.
  expect(all.filter((row) => !there.has(row)).length).toBeGreaterThan(0);
  load = await startLoad(generated, "again");
  const translated = sbctl("--bare --columns=external_ids list Datapath_Binding");
  await until("northd to translate", async () => {
    const said = new Set((await ovn.shell(0, "southbound", translated)).split(/[\s{},="]+/));
    return [...before, load.rows()[0]!].every((row) => said.has(row));
  });
  expect((await copy()).code).toBe(0);
});
