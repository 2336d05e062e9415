import { afterAll, afterEach, beforeAll } from "vitest";
import { type Client, startClient } from "./client.ts";
import { type Cloud, currentCloud } from "./cloud.ts";
import { releases } from "./images.ts";
import { type Load, startLoad } from "./load.ts";
import { production } from "./plans.ts";
import { keepPods } from "./pods.ts";
import { type Proof, proofOf } from "./proof.ts";
import { type Seen, seenOf } from "./requests.ts";

/** What the tests of a scenario work with. */
export interface Scenario {
  readonly cloud: Cloud;
  readonly client: Client;
  readonly proof: Proof;
  /** Only of a scenario with load. */
  readonly load: Load;
}

/**
 * Registers what comes before and after the tests of a file: a cloud (the one that runs, or a new one by this plan), a
 * client, and the table that docs/proof.md gets. A scenario leaves the cloud fit for the next one; after a test that
 * failed, or when it says that it does not, the next one begins with a new cloud.
 */
export function scenario(
  title: string,
  { load = false, spoils = false, plan = production(releases[1]) } = {},
): () => Scenario {
  let current: Scenario | undefined;
  let failed = false;
  beforeAll(async () => {
    const cloud = await currentCloud(plan);
    try {
      const client = await startClient(cloud.cluster);
      const proof = proofOf(title, cloud.versions());
      current = { cloud, client, proof, load: load ? await startLoad(cloud.cluster) : idle };
    } catch (error) {
      // With half a load in it, it fits no scenario.
      await cloud.stop();
      throw error;
    }
  });
  afterEach(({ task }) => {
    failed ||= task.result?.state === "fail";
  });
  afterAll(async () => {
    if (current === undefined) return;
    current.proof.write();
    if (failed) {
      current.load.keepLogs(title);
      await keepPods(current.cloud.cluster, `pods of ${title}`);
    }
    if (failed || spoils) await current.cloud.stop();
    else await current.load.stop();
  });
  return () => {
    if (current === undefined) throw new Error("The cloud is there when the tests run.");
    return current;
  };
}

/** Notes what a change has led to, and returns what requests saw of it. */
export async function during(
  { load, proof }: Scenario,
  what: string,
  change: () => Promise<{ readonly expected: string; readonly seen: string }>,
): Promise<Seen> {
  const from = Date.now() / 1000;
  const { expected, seen } = await change();
  const to = Date.now() / 1000;
  proof.see({ what, expected, seen, seconds: to - from, holds: seen === expected });
  return seenOf(load.requests(), from, to);
}

const idle: Load = { requests: () => [], received: () => new Set(), keepLogs: () => {}, stop: async () => {} };
