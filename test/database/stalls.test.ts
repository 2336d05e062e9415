import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../cluster/processes.ts";
import { stall } from "./disks.ts";
import { clockFile } from "./members.ts";
import { type Database, startDatabase } from "./scenario.ts";

let database: Database;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database?.stop());

const all = [0, 1, 2];
const others = (index: number) => all.filter((other) => other !== index);

test.each(all)("mariadb-%i stops for 3 s: nobody moves, no session ends", async (index) => {
  const writer = await database.writer();
  const member = database.members.get(index)!;
  const what = index === writer ? "the writer" : "another member";
  const { failed, pause } = await database.seen(`${what} stops for 3 s`, 4, async () => {
    member.signal("mariadb", "SIGSTOP");
    await sleep(3000);
    member.signal("mariadb", "SIGCONT");
  });
  expect(failed).toEqual([]);
  expect(pause).toBeLessThan(8);
  expect(await database.writer()).toBe(writer);
});

test("the disk of the writer stalls for 25 s: another writer; of another member: the writer stays", async () => {
  const first = await database.writer();
  const { pause } = await database.seen("the writer's disk stalls for 25 s", 5, () => {
    return stall(database.members.get(first)!, 25);
  });
  expect(pause).toBeLessThan(20);
  const [writer, other] = others(first) as [number, number];
  await until("another writer", async () => (await database.writer()) === writer);
  const { pause: less } = await database.seen("the disk of another member stalls for 20 s", 5, () => {
    return stall(database.members.get(other)!, 20);
  });
  expect(less).toBeLessThan(20);
  expect(await database.writer()).toBe(writer);
});

test("a disk stalls for 20 s while much is written: writes are back within 30 s, whoever it is", async () => {
  await database.whileBusy({ threads: 4, bytes: 100_000, first: 1_000_000_000 }, async () => {
    const writer = await database.writer();
    for (const index of [others(writer)[0]!, writer]) {
      const what = index === writer ? "the writer" : "another member";
      const { pause } = await database.seen(`the disk of ${what} stalls for 20 s while much is written`, 10, () => {
        return stall(database.members.get(index)!, 20);
      });
      expect(pause).toBeLessThan(30);
    }
  });
});

test("the clock of a member jumps by an hour, forth and back, as a reader and as the writer: nobody moves", async () => {
  const first = await database.writer();
  const [index] = others(first) as [number];
  await database.members.get(index)!.kill();
  await database.start(index, { clock: true });
  const member = database.members.get(index)!;
  const set = async (seconds: number) => {
    await member.exec("mariadb", ["sh", "-c", `echo +${seconds}s > ${clockFile}`]);
    await until("the clock", async () => {
      const [time] = await database.sql(index, "SELECT UNIX_TIMESTAMP()");
      return Math.abs(Number(time) - Date.now() / 1000 - seconds) < 60;
    });
  };
  const jump = async (what: string) => {
    const writer = await database.writer();
    for (const [way, seconds] of [
      ["forth", 3600],
      ["back", 0],
    ] as const) {
      const { failed, pause } = await database.seen(`the clock of ${what} jumps an hour ${way}`, 6, () => set(seconds));
      expect(failed).toEqual([]);
      expect(pause).toBeLessThan(5);
      expect(await database.writer()).toBe(writer);
    }
  };
  await jump("another member");
  database.members.get(first)!.signal("mariadb", "SIGTERM");
  await until("the member as the writer", async () => (await database.writer()) === index);
  await jump("the writer");
  await database.members.get(first)!.kill();
  await database.start(first);
});

test("no row that was acknowledged is lost, at any member", async () => {
  expect(await database.lost()).toEqual([]);
});
