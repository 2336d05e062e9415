import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { at, reconcile, stepsOf, synced } from "./flux.ts";
import { lab as file, startLab } from "./lab.ts";
import { imageOf } from "./observe.ts";
import { until } from "./processes.ts";

/* A cluster that reads the repository at a pinned ref, on the real Flux. */
let cluster: ControlPlane;
let fleet: Fleet;

beforeAll(async () => {
  ({ cluster, fleet } = await startLab());
});
afterAll(() => cluster?.stop());

test("a pinned cluster gets a change when its pin moves, not before", async () => {
  fleet.edit(
    file,
    'repository: "https://git.example.org/fleet.git"',
    'repository: "https://git.example.org/fleet.git", ref: { tag: lab-1 }',
  );
  const first = fleet.push("lab-1");
  reconcile(cluster);
  await synced(cluster, first);
  fleet.edit(file, "keystone: {}", "keystone: { image: { keystone: registry.example.org/keystone:two } }");
  const second = fleet.push();
  reconcile(cluster);
  await until(
    "the branch at the second commit",
    () => stepsOf(cluster).find(({ name }) => name === "lab")?.applied === second,
  );
  expect(
    stepsOf(cluster)
      .filter(({ name }) => name !== "lab")
      .every(at(first)),
  ).toBe(true);

  fleet.edit(file, "tag: lab-1", "tag: lab-2");
  const third = fleet.push("lab-2");
  reconcile(cluster);
  await synced(cluster, third);
  expect(imageOf(cluster, "keystone-api")).toBe("registry.example.org/keystone:two");
});
