import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { until } from "../cluster/processes.ts";
import { run } from "../config/environment.ts";
import { isRefused } from "./client.ts";
import { caFile, prepare, type Running, startPod, urlOf } from "./lab.ts";
import { membersOf } from "./members.ts";
import { againAfter, type Crowd, heldByOne, startCrowd, stays } from "./scenario.ts";
import { isReadyByHttp, type Service, startService } from "./service.ts";

const generated = membersOf("etcd", 3);
const url = urlOf(generated);
const pods = new Map<number, Running>();
let crowd: Crowd;
let service: Service;

/** What a member says through the gateway that clients use; throws when it does not. */
async function ask(index: number, path: string, body: object = {}) {
  const { pod, address } = pods.get(index)!;
  const to = ["--resolve", `${pod.host}:2389:${address}`, `https://${pod.host}:2389/v3/${path}`];
  const { code, stdout, stderr } = await run("curl", [
    ...[
      "--silent",
      "--show-error",
      "--fail",
      "--max-time",
      "20",
      "--cacert",
      caFile,
      "--data",
      JSON.stringify(body),
      ...to,
    ],
  ]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
interface Member {
  readonly ID: string;
  readonly name: string;
}
const listed = async (index: number): Promise<Member[]> => (await ask(index, "cluster/member/list")).members;
const leader = async (): Promise<number> => {
  for (const index of pods.keys()) {
    const { leader, header } = await ask(index, "maintenance/status").catch(() => ({ leader: "", header: {} }));
    if (leader !== "" && leader === header.member_id) return index;
  }
  throw new Error("no member leads");
};
const start = (index: number, options = {}, from = generated) => pods.set(index, startPod(from.pod(index), options));
const serves = (index: number) => async () => service.ready().includes(index);
const kill = async (index: number) => {
  await pods.get(index)!.kill();
  pods.delete(index);
};

beforeAll(async () => {
  await prepare("etcd");
  for (const index of [0, 1]) start(index, { fresh: true });
  // Two of three do not found a cluster: the third may hold the data.
  await sleep(12_000);
  for (const index of [0, 1]) expect(pods.get(index)!.log("join")).toContain("waiting for etcd-server-2");
  start(2, { fresh: true });
  service = startService(generated.ports, pods, isReadyByHttp);
  for (const index of [0, 1, 2]) await until(`member ${index}`, serves(index));
  crowd = await startCrowd(url);
});
afterAll(async () => {
  crowd?.stop();
  service?.close();
  for (const running of pods.values()) await running.kill();
});

test("a lock is held by one, with the tooz of each release", () => heldByOne(crowd));

test("plain text is refused, and peers without a certificate", async () => {
  expect(generated.ports).toEqual([2389]);
  const plain = url.replace("https", "http");
  expect(await Promise.all(releases.map((release) => isRefused(release, plain)))).toEqual(releases.map(() => true));
  const { pod, address } = pods.get(0)!;
  const peers = (...more: string[]) =>
    run("curl", [
      ...["--silent", "--show-error", "--http1.1", "--cacert", caFile, "--resolve", `${pod.host}:2390:${address}`],
      ...[...more, `https://${pod.host}:2390/members`],
    ]);
  expect((await peers()).code).not.toBe(0);
  const own = caFile.replace("ca.crt", "tls");
  expect(await peers("--cert", `${own}.crt`, "--key", `${own}.key`)).toMatchObject({ code: 0, stderr: "" });
});

test("the leader's pod is killed: another leads, what was held stays held, and it comes back with its volume", async () => {
  const first = await leader();
  const before = await listed(first);
  await kill(first);
  await againAfter("etcd: the leader's pod killed", crowd);
  await stays(crowd, 65);
  start(first);
  await until("the member that came back", serves(first));
  expect(await listed(first)).toEqual(before);
});

test("the leader's host is silent: another leads, and what was held stays held", async () => {
  const first = await leader();
  pods.get(first)!.setLink("down");
  await againAfter("etcd: the leader's host silent", crowd);
  await stays(crowd, 65);
  pods.get(first)!.setLink("up");
  await until("the member that was silent", serves(first));
});

test("a member whose volume is lost starts as a new one, and the others count three", async () => {
  const lost = await leader();
  const before = await listed(lost);
  await kill(lost);
  start(lost, { fresh: true });
  await until("the member that lost its volume", serves(lost));
  expect(pods.get(lost)!.log("join")).toContain("the volume of this member is lost");
  const after = await listed(lost);
  expect(after.map(({ name }) => name).sort()).toEqual(before.map(({ name }) => name).sort());
  expect(after.filter(({ ID }) => before.some((other) => other.ID === ID))).toHaveLength(2);
  await againAfter("etcd: a volume lost", crowd);
  await stays(crowd, 65);
});

test("three members become five: the new ones are added before they start", async () => {
  const more = membersOf("etcd", 5);
  for (const index of [3, 4]) start(index, { fresh: true }, more);
  for (const index of [3, 4]) await until(`member ${index}`, serves(index));
  // While the members find a leader who knows all five, nobody answers.
  await until("five members", async () => (await listed(4)).every(({ name }) => Boolean(name)));
  const names = (await listed(4)).map(({ name }) => name).sort();
  expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `etcd-server-${index}`));
  // The others are replaced one after the other, since their list of members has changed.
  for (const index of [2, 1, 0]) {
    await kill(index);
    start(index, {}, more);
    await until(`member ${index}`, serves(index));
  }
  await againAfter("etcd: grown to five", crowd);
  await stays(crowd, 65);
});

test("two of five are away: locks are given, three away: none is, and none is given to a second one", async () => {
  for (const index of [3, 4]) await kill(index);
  await againAfter("etcd: two of five killed", crowd);
  await kill(2);
  await sleep(15_000);
  await stays(crowd);
  for (const client of crowd.clients)
    await expect(client.take("new").then((taken) => taken || Promise.reject(new Error("none")))).rejects.toThrow();
  for (const index of [2, 3, 4]) start(index, {}, membersOf("etcd", 5));
  for (const index of [2, 3, 4]) await until(`member ${index}`, serves(index));
  await againAfter("etcd: the majority is back", crowd);
});
