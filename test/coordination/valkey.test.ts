import { afterAll, beforeAll, expect, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { until } from "../cluster/processes.ts";
import { isRefused } from "./client.ts";
import { caFile, prepare, type Running, startPod } from "./lab.ts";
import { type Members, membersOf, password, secondPassword } from "./members.ts";
import { againAfter, type Crowd, heldByOne, longestPause, note, startCrowd, stays } from "./scenario.ts";
import { isReadyByPort, type Service, startService } from "./service.ts";

const generated = membersOf("valkey", 3);
const urlOf = ({ url }: Members) => url.replaceAll("/etc/ssl/internal/ca.crt", caFile);
const url = urlOf(generated);
const pods = new Map<number, Running>();
const cli = (index: number, port: number, ...command: readonly string[]) =>
  pods
    .get(index)!
    .exec("server", [
      "timeout",
      "4",
      "sh",
      "-c",
      `REDISCLI_AUTH=$PASSWORD valkey-cli --tls --cacert /etc/ssl/internal/ca.crt -p ${port} ${command.join(" ")}`,
    ]);
/** What the StatefulSet says now. */
let current = generated;
const start = (index: number) => pods.set(index, startPod(current.pod(index)));
const isReady = async (index: number) => {
  const running = pods.get(index)!;
  const { code } = await running.exec("server", running.pod.containers[0]!.probes.ready);
  return code === 0;
};
/** Number of the member that Sentinels say is written to. */
const primary = async (except = -1): Promise<number> => {
  for (const index of pods.keys()) {
    if (index === except) continue;
    const { stdout } = await cli(index, 26379, "sentinel", "get-master-addr-by-name", "overstack");
    const found = /^valkey-server-(\d+)\./.exec(stdout)?.[1];
    if (found !== undefined) return Number(found);
  }
  throw new Error("no Sentinel answers");
};

let service: Service;
let crowd: Crowd;

beforeAll(async () => {
  await prepare("valkey");
  for (const index of [0, 1, 2]) start(index);
  for (const index of [0, 1, 2]) await until(`member ${index}`, () => isReady(index));
  await until("three Sentinels that know each other", async () =>
    (await cli(0, 26379, "sentinel", "ckquorum", "overstack")).stdout.startsWith("OK 3"),
  );
  service = startService(generated.ports, pods, isReadyByPort(26379));
  await until("the Sentinels behind one name", () => service.ready().length === 3);
  crowd = await startCrowd(url);
});
afterAll(async () => {
  crowd?.stop();
  service?.close();
  for (const running of pods.values()) await running.kill();
});

test("a lock is held by one, with the tooz of each release", () => heldByOne(crowd));

test("a wrong password and plain text are refused", async () => {
  const urls = [url.replaceAll(password, "wrong"), url.replace("&ssl=true", "").replace("&sentinel_ssl=true", "")];
  for (const other of urls)
    expect(await Promise.all(releases.map((release) => isRefused(release, other)))).toEqual(releases.map(() => true));
  const without = await pods
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
  pods.get(await primary())!.restart("server");
  await againAfter("valkey: the primary's program killed", crowd);
  await stays(crowd);
});

test("the primary's pod is killed: another takes over, what was held stays held, and it comes back empty and copies", async () => {
  const first = await primary();
  await pods.get(first)!.kill();
  pods.delete(first);
  await againAfter("valkey: the primary's pod killed", crowd);
  expect(await primary()).not.toBe(first);
  await stays(crowd, 65);
  start(first);
  await until("the member that came back", () => isReady(first));
  expect((await cli(first, 6379, "role")).stdout).toMatch(/^slave/);
});

test("the primary's host is silent: another takes over, and the silent one stops to take locks", async () => {
  const first = await primary();
  pods.get(first)!.setLink("down");
  await againAfter("valkey: the primary's host silent", crowd);
  await until("the silent one refuses writes", async () =>
    (await cli(first, 6379, "set", "x", "y")).stdout.includes("NOREPLICAS"),
  );
  await stays(crowd, 65);
  pods.get(first)!.setLink("up");
  await until("it copies from the new primary", async () =>
    (await cli(first, 6379, "role")).stdout.startsWith("slave"),
  );
  await until("it is ready", () => isReady(first));
});

test("the primary is told to end: it hands over first, without its own Sentinel", async () => {
  const first = await primary();
  await cli(first, 26379, "shutdown");
  const ending = pods.get(first)!;
  const began = performance.now();
  await ending.exec("server", ending.pod.containers[0]!.probes.stop);
  note("valkey: handed over by preStop", (performance.now() - began) / 1000);
  await ending.kill();
  pods.delete(first);
  expect(await primary(first)).not.toBe(first);
  await againAfter("valkey: after the hand-over", crowd);
  await stays(crowd);
  start(first);
  await until("the member that came back", () => isReady(first));
});

/** As a StatefulSet does it: the highest number first, and the next one when that is ready. */
async function roll(to: Members): Promise<void> {
  current = to;
  for (const index of [2, 1, 0]) {
    const ending = pods.get(index)!;
    await ending.exec("server", ending.pod.containers[0]!.probes.stop);
    await ending.kill();
    start(index);
    await until(`member ${index}`, () => isReady(index));
  }
}

test("the password rotates in three steps: what is held stays held, and each step costs what a restart does", async () => {
  const at = (generation: number, alsoValid?: number) =>
    membersOf("valkey", 3, {
      credentials: { password: { generation, ...(alsoValid === undefined ? {} : { alsoValid }) } },
    });
  const step = async (name: string, to: Members) => {
    const pause = await longestPause(crowd, roll(to));
    note(`valkey: password, step ${name}: longest time without locks`, pause);
    // A lost primary is given up after 5 s, and another one is found.
    expect(pause).toBeLessThan(20);
    await stays(crowd);
  };
  await step("prepare", at(1, 2));
  // The pods of clients roll when the members have: both passwords are taken meanwhile.
  const switched = at(2, 1);
  await step("switch", switched);
  const later = await startCrowd(urlOf(switched));
  await stays({ ...crowd, rivals: later.rivals });
  for (const client of crowd.clients) await client.release_(`held-${client.release}`);
  crowd.stop();
  crowd = later;
  await heldByOne(crowd);
  const finished = at(2);
  await step("finish", finished);
  expect(urlOf(finished)).toContain(secondPassword);
  expect(await Promise.all(releases.map((release) => isRefused(release, url)))).toEqual(releases.map(() => true));
}, 900_000);

test("all members are lost at once: they start again, empty", async () => {
  for (const running of pods.values()) await running.kill();
  pods.clear();
  for (const index of [0, 1, 2]) start(index);
  for (const index of [0, 1, 2]) await until(`member ${index}`, () => isReady(index));
  await againAfter("valkey: all members started again", crowd);
});
