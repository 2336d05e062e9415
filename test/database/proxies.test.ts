import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../cluster/processes.ts";
import { emptyVolume } from "./disks.ts";
import { type Database, startDatabase } from "./scenario.ts";

let database: Database;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database?.stop());

const seen: Database["seen"] = (...args) => database.seen(...args);
const status: Database["status"] = (...args) => database.status(...args);
const all = [0, 1, 2];
const others = (index: number) => all.filter((other) => other !== index);
/** When all others are there, the first of them follows. */
const nextIs = (index: number) => until(`writer ${index}`, async () => (await database.writer()) === index);

test("nothing fails while nothing happens, and looking at members is no aborted connection", async () => {
  const counted = async () => (await Promise.all(all.map((index) => status(index, "Aborted_connects")))).join();
  const before = await counted();
  const { failed } = await seen("nothing happens", 15, () => undefined);
  expect(failed).toEqual([]);
  expect(await counted()).toBe(before);
});

test.each([1, 2, 3, 4, 5])(
  "the writer's host is silent, time %i: another writer within 15 s, nobody moves back",
  async () => {
    const first = await database.writer();
    const { pause } = await seen(`the host of mariadb-${first} is silent`, 16, () =>
      database.members.get(first)!.setLink("down"),
    );
    expect(pause).toBeLessThan(15);
    const next = await database.writer();
    expect(next).not.toBe(first);
    database.members.get(first)!.setLink("up");
    await until("the member that came back", () => database.isSynced(first));
    await sleep(3000);
    expect(await database.writer()).toBe(next);
  },
);

test("the host of another member is silent: the writer stays", async () => {
  const writer = await database.writer();
  const [other] = others(writer);
  const { pause } = await seen("the host of another member is silent", 15, () =>
    database.members.get(other!)!.setLink("down"),
  );
  expect(pause).toBeLessThan(10);
  expect(await database.writer()).toBe(writer);
  database.members.get(other!)!.setLink("up");
  await until("the member that came back", () => database.isSynced(other!));
});

test("the writer's program is killed", async () => {
  const first = await database.writer();
  const { pause } = await seen("the writer is killed", 12, () => database.members.get(first)!.kill());
  expect(pause).toBeLessThan(10);
  await nextIs(others(first)[0]!);
  await database.start(first);
});

test("the writer's program is killed, and its kubelet starts it again before Galera has given it up", async () => {
  const first = await database.writer();
  const { pause } = await seen("the writer is killed, and starts at once", 12, async () => {
    await database.members.get(first)!.kill();
    await database.start(first);
  });
  expect(pause).toBeLessThan(10);
  await nextIs(others(first)[0]!);
});

test("the writer gives its state to a member that joins with an empty volume: it stays the writer", async () => {
  const writer = await database.writer();
  const [joiner, other] = others(writer) as [number, number];
  // Each says goodbye, so that the writer is a majority by itself, and the only one who can give its state.
  for (const index of [joiner, other]) {
    database.members.get(index)!.signal("mariadb", "SIGTERM");
    await until(
      "one member less",
      async () => (await status(writer, "wsrep_cluster_size")) === (index === joiner ? 2 : 1),
    );
    await database.members.get(index)!.kill();
  }
  emptyVolume(database.members.get(joiner)!);
  const { failed } = await seen("the writer gives its state to a member", 5, () => database.start(joiner));
  expect(failed).toEqual([]);
  expect(await database.writer()).toBe(writer);
  await database.start(other);
});

test("the writer is told to end, as when its pod is replaced", async () => {
  const first = await database.writer();
  const { pause } = await seen("the writer ends", 12, () => database.members.get(first)!.signal("mariadb", "SIGTERM"));
  expect(pause).toBeLessThan(5);
  await nextIs(others(first)[0]!);
  await database.members.get(first)!.kill();
  await database.start(first);
});

test("a proxy ends as its pod does: what it carries goes on, new connections go to the other", async () => {
  const [index, proxy] = [...database.proxies].at(-1)!;
  const { part } = await seen("a proxy ends", 5, () => proxy.exec("proxy", proxy.pod.containers[0]!.probes.stop));
  await proxy.kill();
  expect(part).toBeLessThan(0.005);
  (database.proxies as Map<number, unknown>).delete(index);
});

test("no row that was acknowledged is lost, at any member", async () => {
  expect(await database.lost()).toEqual([]);
});
