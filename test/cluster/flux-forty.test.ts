import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { bootstrap, reconcile, stepsOf, synced } from "./flux.ts";
import { changes, snapshot } from "./observe.ts";
import { startSite } from "./site.ts";

/* How long a commit takes through a cluster of forty instances, on the real Flux with the options that the docs recommend. */
const clouds = Array.from({ length: 12 }, (_, index) => `-${index + 1}`);
const text = `name: forty
profile: development
domain: forty.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
services:
  keystone: {}
${clouds
  .map(
    (n) => `  keystone${n}: { component: keystone }
  placement${n}: { component: placement, uses: { identity: keystone${n} } }
  glance${n}: { component: glance, uses: { identity: keystone${n} } }`,
  )
  .join("\n")}
`;
let cluster: ControlPlane;
let fleet: Fleet;

beforeAll(async () => {
  ({ cluster, fleet } = await startSite({ forty: text }));
});
afterAll(() => cluster?.stop());

test("forty instances come up with one push", async () => {
  const started = performance.now();
  await bootstrap(cluster, fleet, "forty", fleet.push(), 600);
  console.log(`forty instances, ${stepsOf(cluster).length} steps: ready after ${seconds(started)} s`);
  const deployed = new Set(Object.keys(snapshot(cluster)).filter((object) => object.startsWith("Deployment ")));
  expect([...deployed].filter((object) => /\/(?:keystone|placement|glance)(?:-\d+)?-api/.test(object))).toHaveLength(
    37,
  );
});

test("a commit that concerns none of them is through within ten minutes", async () => {
  const before = snapshot(cluster);
  fleet.write("README.md", "Our fleet.\n");
  const started = performance.now();
  const commit = fleet.push();
  reconcile(cluster);
  await synced(cluster, commit, 600);
  console.log(`an unchanged tree of forty instances: ${seconds(started)} s from commit to ready`);
  expect(changes(before, snapshot(cluster))).toEqual({ made: [], changed: [], deleted: [] });
});

const seconds = (started: number): string => ((performance.now() - started) / 1000).toFixed(0);
