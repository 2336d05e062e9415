import { afterAll, beforeAll, expect, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { until } from "../cluster/processes.ts";
import { isRefused } from "./client.ts";
import { prepare, type Running, startPod, urlOf } from "./lab.ts";
import { membersOf, type Tls } from "./members.ts";
import { againAfter, type Crowd, heldByOne, longestPause, note, release, startCrowd, stays } from "./scenario.ts";
import { isReadyByHttp, type Service, startService } from "./service.ts";

const at = (tls: Tls) => membersOf("etcd", 3, { tls });
const pods = new Map<number, Running>();
let service: Service;
let crowd: Crowd;

const start = (index: number, tls: Tls, fresh: boolean) => pods.set(index, startPod(at(tls).pod(index), { fresh }));
const serves = (index: number) => until(`member ${index}`, async () => service.ready().includes(index));

beforeAll(async () => {
  await prepare("etcd");
  for (const index of [0, 1, 2]) start(index, "none", true);
  service = startService(at("optional").ports, pods, isReadyByHttp);
  for (const index of [0, 1, 2]) await serves(index);
  crowd = await startCrowd(urlOf(at("none")));
});
afterAll(async () => {
  crowd?.stop();
  service?.close();
  for (const running of pods.values()) await running.kill();
});

/** Members roll first, the highest number first, and then the pods of clients. */
async function change(tls: Tls): Promise<void> {
  const roll = async () => {
    for (const index of [2, 1, 0]) {
      await pods.get(index)!.kill();
      start(index, tls, false);
      await serves(index);
    }
  };
  const pause = await longestPause(crowd, roll());
  note(`etcd: tls ${tls}: longest time without locks`, pause);
  expect(pause).toBeLessThan(45);
  const later = await startCrowd(urlOf(at(tls)));
  await stays({ ...crowd, rivals: later.rivals });
  await againAfter(`etcd: tls ${tls}`, later);
  // Who came by TLS finds nobody any more where all is plain, and cannot give back what it has.
  if (tls !== "none") await release(crowd);
  crowd.stop();
  crowd = later;
  if (tls !== "none") await heldByOne(crowd);
}

test("without TLS a lock is held by one", () => heldByOne(crowd));

test("both kinds are taken: what is held stays held, and clients come by TLS", () => change("optional"), 600_000);

test("TLS is required: what is held stays held, and plain text is refused", async () => {
  await change("required");
  const plain = urlOf(at("none"));
  expect(await Promise.all(releases.map((each) => isRefused(each, plain)))).toEqual(releases.map(() => true));
}, 600_000);

test("and back", async () => {
  await change("optional");
  await change("none");
}, 600_000);
