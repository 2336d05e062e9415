import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { type Fleet, golden } from "./fleet.ts";
import { bootstrap } from "./flux.ts";
import { startSite } from "./site.ts";

let cluster: ControlPlane;
let fleet: Fleet;
beforeAll(async () => {
  ({ cluster, fleet } = await startSite({ lab: golden("development-minimal").replace("development-minimal", "lab") }));
});
afterAll(() => cluster?.stop());

test("one push brings every instance up", async () => {
  const commit = fleet.push();
  const steps = await bootstrap(cluster, fleet, "lab", commit);
  expect(steps.length).toBeGreaterThan(10);
});
