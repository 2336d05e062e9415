import { afterAll, beforeAll, expect, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { isRefused } from "./client.ts";
import { urlOf } from "./lab.ts";
import { membersOf, type Tls } from "./members.ts";
import { againAfter, type Crowd, heldByOne, note, startCrowd, stays } from "./scenario.ts";
import { startValkey, type Valkey } from "./valkey.ts";

const at = (tls: Tls) => membersOf("valkey", 3, { tls });
let valkey: Valkey;
let crowd: Crowd;

beforeAll(async () => {
  valkey = await startValkey(at("none"));
  crowd = await startCrowd(urlOf(at("none")));
});
afterAll(async () => {
  crowd?.stop();
  await valkey?.stop();
});

/** Members roll first, and then the pods of clients. */
async function change(tls: Tls): Promise<void> {
  const began = performance.now();
  await valkey.roll(at(tls));
  crowd.stop();
  crowd = await startCrowd(urlOf(at(tls)));
  await againAfter(`valkey: tls ${tls}`, crowd);
  note(`valkey: tls ${tls}, all rolled`, (performance.now() - began) / 1000);
}

test("nothing of Valkey changes while databases and brokers take both kinds of connections", () => {
  const container = (tls: Tls) => at(tls).pod(0).containers;
  expect(container("optional")).toEqual(container("none"));
});

test("without TLS a lock is held by one", () => heldByOne(crowd));

test("TLS is required: all members roll, locks are given again, and plain text is refused", async () => {
  await change("required");
  await heldByOne(crowd);
  await stays(crowd);
  const plain = urlOf(at("none"));
  expect(await Promise.all(releases.map((release) => isRefused(release, plain)))).toEqual(releases.map(() => true));
}, 600_000);

test("and back", async () => {
  await change("optional");
  await heldByOne(crowd);
}, 600_000);
