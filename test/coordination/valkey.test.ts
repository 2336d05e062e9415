import { afterAll, beforeAll, expect, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { until } from "../cluster/processes.ts";
import { isRefused } from "./client.ts";
import { urlOf } from "./lab.ts";
import { type Members, membersOf, password } from "./members.ts";
import { againAfter, type Crowd, heldByOne, longestPause, note, release, startCrowd, stays } from "./scenario.ts";
import { startValkey, type Valkey } from "./valkey.ts";

const generated = membersOf("valkey", 3);
const url = urlOf(generated);
let valkey: Valkey;
let crowd: Crowd;

beforeAll(async () => {
  valkey = await startValkey(generated);
  crowd = await startCrowd(url);
});
afterAll(async () => {
  crowd?.stop();
  await valkey?.stop();
});

test("a lock is held by one, with the tooz of each release", () => heldByOne(crowd));

test("a wrong password and plain text are refused", async () => {
  const urls = [url.replaceAll(password, "wrong"), url.replace("&ssl=true", "").replace("&sentinel_ssl=true", "")];
  for (const other of urls)
    expect(await Promise.all(releases.map((each) => isRefused(each, other)))).toEqual(releases.map(() => true));
  const without = await valkey.pods
    .get(0)!
    .exec("server", [
      "timeout",
      "4",
      "sh",
      "-c",
      "valkey-cli --tls --cacert /etc/ssl/internal/ca.crt -p 6379 keys '*'",
    ]);
  expect(without.stdout).toMatch(/^NOAUTH/);
});

test("the server's program crashes and starts again in its pod: nothing is lost", async () => {
  valkey.pods.get(await valkey.primary())!.restart("server");
  await againAfter("valkey: the primary's program killed", crowd);
  await stays(crowd);
});

test("the primary's pod is killed: another takes over, what was held stays held, and it comes back empty and copies", async () => {
  const first = await valkey.primary();
  await valkey.kill(first);
  await againAfter("valkey: the primary's pod killed", crowd);
  expect(await valkey.primary()).not.toBe(first);
  await stays(crowd, 65);
  valkey.start(first);
  await until("the member that came back", () => valkey.isReady(first));
  expect((await valkey.cli(first, 6379, "role")).stdout).toMatch(/^slave/);
});

test("the primary's host is silent: another takes over, and the silent one stops to take locks", async () => {
  const first = await valkey.primary();
  valkey.pods.get(first)!.setLink("down");
  await againAfter("valkey: the primary's host silent", crowd);
  await until("the silent one refuses writes", async () =>
    (await valkey.cli(first, 6379, "set", "x", "y")).stdout.includes("NOREPLICAS"),
  );
  await stays(crowd, 65);
  valkey.pods.get(first)!.setLink("up");
  await until("it copies from the new primary", async () =>
    (await valkey.cli(first, 6379, "role")).stdout.startsWith("slave"),
  );
  await until("it is ready", () => valkey.isReady(first));
});

test("the primary is told to end: it hands over first, without its own Sentinel", async () => {
  const first = await valkey.primary();
  await valkey.cli(first, 26379, "shutdown");
  const ending = valkey.pods.get(first)!;
  const began = performance.now();
  await ending.exec("server", ending.pod.containers[0]!.probes.stop);
  note("valkey: handed over by preStop", (performance.now() - began) / 1000);
  await valkey.kill(first);
  expect(await valkey.primary(first)).not.toBe(first);
  await againAfter("valkey: after the hand-over", crowd);
  await stays(crowd);
  valkey.start(first);
  await until("the member that came back", () => valkey.isReady(first));
});

test("the password rotates in three steps: what is held stays held, and each step costs what a restart does", async () => {
  const at = (generation: number, alsoValid?: number) =>
    membersOf("valkey", 3, {
      credentials: { password: { generation, ...(alsoValid === undefined ? {} : { alsoValid }) } },
    });
  const step = async (name: string, to: Members) => {
    const pause = await longestPause(crowd, valkey.roll(to));
    note(`valkey: password, step ${name}: longest time without locks`, pause);
    // What is held is renewed every 15 s, and free after 60.
    expect(pause).toBeLessThan(45);
    await stays(crowd);
  };
  await step("prepare", at(1, 2));
  // The pods of clients roll when the members have: both passwords are taken meanwhile.
  const switched = at(2, 1);
  await step("switch", switched);
  const later = await startCrowd(urlOf(switched));
  await stays({ ...crowd, rivals: later.rivals });
  await release(crowd);
  crowd.stop();
  crowd = later;
  await heldByOne(crowd);
  await step("finish", at(2));
  expect(await Promise.all(releases.map((each) => isRefused(each, url)))).toEqual(releases.map(() => true));
}, 900_000);

test("all members are lost at once: they start again, empty", async () => {
  const all = [...valkey.pods.keys()];
  for (const index of all) await valkey.kill(index);
  for (const index of all) valkey.start(index);
  for (const index of all) await until(`member ${index}`, () => valkey.isReady(index));
  await againAfter("valkey: all members started again", crowd);
});
