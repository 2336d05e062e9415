import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../cluster/processes.ts";
import { type Database, startDatabase } from "./scenario.ts";

let database: Database;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database?.stop());

const all = [0, 1, 2];
const others = (index: number) => all.filter((other) => other !== index);
const addresses = (indexes: readonly number[]) => indexes.map((index) => database.members.get(index)!.address).join();
const isBack = (index: number) => until(`mariadb-${index}`, () => database.isSynced(index), { seconds: 120 });
const nobodyMoves = async (writer: number) => {
  await sleep(3000);
  expect(await database.writer()).toBe(writer);
};

test.each([
  { what: "neither hears the other", hears: true, says: true },
  { what: "it does not hear them, they hear it", hears: true, says: false },
  { what: "it hears them, they do not hear it", hears: false, says: true },
])(
  "the writer is cut off from the other members, and not from clients ($what): another writer within 15 s, never two",
  async ({ what, hears, says }) => {
    const first = await database.writer();
    const member = database.members.get(first)!;
    const far = addresses(others(first));
    const { pause, overlap } = await database.seen(`the writer is cut off: ${what}`, 16, () =>
      member.filter({
        ...(hears ? { hears: `ip saddr { ${far} } drop` } : {}),
        ...(says ? { says: `ip daddr { ${far} } drop` } : {}),
      }),
    );
    const next = await database.writer();
    member.filter({});
    await isBack(first);
    await nobodyMoves(next);
    expect(next).not.toBe(first);
    expect(pause).toBeLessThan(15);
    expect(overlap).toBeLessThan(1);
  },
);

test("one proxy alone loses its way to the writer: all move, and two are written to for 5 s at most", async () => {
  const first = await database.writer();
  const proxy = database.proxies.get(0)!;
  // So few that the pool keeps the session of each: they stay at the writer that they have, while they may.
  await database.whileBusy({ threads: 4, bytes: 0, first: 1_000_000_000 }, async () => {
    const { overlap, pause } = await database.seen("a proxy loses its way to the writer", 30, () =>
      proxy.filter({ says: `ip daddr ${addresses([first])} drop` }),
    );
    expect(pause).toBeLessThan(5);
    expect(overlap).toBeLessThan(5);
  });
  proxy.filter({});
  expect(await database.writer()).not.toBe(first);
});

test("30 % of the packets between members are lost for 45 s: whoever is written to, they heal by themselves", async () => {
  for (const index of all)
    database.members
      .get(index)!
      .filter({ hears: `ip saddr { ${addresses(others(index))} } numgen random mod 100 < 30 drop` });
  await database.seen("30 % of the packets between members are lost", 45, () => undefined);
  for (const index of all) database.members.get(index)!.filter({});
  for (const index of all) await isBack(index);
  const { commits } = await database.seen("no packet is lost any more", 5, () => database.writer());
  expect(Object.keys(commits)).toHaveLength(1);
});

test.runIf(process.env.OVERSTACK_DATABASE === "all").each(all)(
  "mariadb-%i is alone for two minutes: it heals by itself",
  async (index) => {
    const first = await database.writer();
    const member = database.members.get(index)!;
    const { pause } = await database.seen(`${index === first ? "the writer" : "another member"} is alone`, 120, () =>
      member.setLink("down"),
    );
    const next = await database.writer();
    const { pause: back } = await database.seen("it comes back", 5, async () => {
      member.setLink("up");
      await isBack(index);
    });
    await nobodyMoves(next);
    expect(pause).toBeLessThan(15);
    expect(back).toBeLessThan(10);
    expect(next === first).toBe(index !== first);
  },
  480_000,
);

test("no row that was acknowledged is lost, at any member", async () => {
  expect(await database.lost()).toEqual([]);
});
