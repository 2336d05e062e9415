import { afterAll, beforeAll, expect, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { until } from "../cluster/processes.ts";
import { type Client, isRefused, startClient } from "./client.ts";
import { caFile, prepare, type Running, startPod } from "./lab.ts";
import { membersOf, password } from "./members.ts";
import { againAfter, note, stays } from "./scenario.ts";
import { isReadyByPort, type Service, startService } from "./service.ts";

const generated = membersOf("valkey", 3);
const url = generated.url.replaceAll("/etc/ssl/internal/ca.crt", caFile);
const pods = new Map<number, Running>();
const cli = (index: number, port: number, ...command: readonly string[]) =>
  pods
    .get(index)!
    .exec("server", [
      "timeout",
      "4",
      "sh",
      "-c",
      `REDISCLI_AUTH=${password} valkey-cli --tls --cacert /etc/ssl/internal/ca.crt -p ${port} ${command.join(" ")}`,
    ]);
const start = (index: number) => pods.set(index, startPod(generated.pod(index)));
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
const clients: Client[] = [];
const rivals: Client[] = [];

beforeAll(async () => {
  await prepare("valkey");
  for (const index of [0, 1, 2]) start(index);
  for (const index of [0, 1, 2]) await until(`member ${index}`, () => isReady(index));
  await until("three Sentinels that know each other", async () =>
    (await cli(0, 26379, "sentinel", "ckquorum", "overstack")).stdout.startsWith("OK 3"),
  );
  service = startService(generated.ports, pods, isReadyByPort(26379));
  await until("the Sentinels behind one name", () => service.ready().length === 3);
  for (const release of releases) {
    clients.push(await startClient(release, url));
    rivals.push(await startClient(release, url));
  }
});
afterAll(async () => {
  for (const client of [...clients, ...rivals]) client.stop();
  service?.close();
  for (const running of pods.values()) await running.kill();
});

test("a lock is held by one, with the tooz of each release", async () => {
  for (const [index, client] of clients.entries()) {
    expect(await client.take(`held-${client.release}`), client.release).toBe(true);
    expect(await rivals[index]!.take(`held-${client.release}`), client.release).toBe(false);
  }
});

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
  await againAfter("valkey: the primary's program killed", clients);
  await stays(rivals);
});

test("the primary's pod is killed: another takes over, what was held stays held, and it comes back empty and copies", async () => {
  const first = await primary();
  await pods.get(first)!.kill();
  pods.delete(first);
  await againAfter("valkey: the primary's pod killed", clients);
  expect(await primary()).not.toBe(first);
  await stays(rivals, 65);
  start(first);
  await until("the member that came back", () => isReady(first));
  expect((await cli(first, 6379, "role")).stdout).toMatch(/^slave/);
});

test("the primary's host is silent: another takes over, and the silent one stops to take locks", async () => {
  const first = await primary();
  pods.get(first)!.setLink("down");
  await againAfter("valkey: the primary's host silent", clients);
  await until("the silent one refuses writes", async () =>
    (await cli(first, 6379, "set", "x", "y")).stdout.includes("NOREPLICAS"),
  );
  await stays(rivals, 65);
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
  await againAfter("valkey: after the hand-over", clients);
  await stays(rivals);
  start(first);
  await until("the member that came back", () => isReady(first));
});

test("all members are lost at once: they start again, empty", async () => {
  for (const running of pods.values()) await running.kill();
  pods.clear();
  for (const index of [0, 1, 2]) start(index);
  for (const index of [0, 1, 2]) await until(`member ${index}`, () => isReady(index));
  await againAfter("valkey: all members started again", clients);
});
