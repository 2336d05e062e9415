import { afterAll, beforeAll, expect, test } from "vitest";
import { applicationOf, applicationsOf, refresh, synced } from "./argocd.ts";
import { startArgoLab } from "./argocd-lab.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { lab as file } from "./lab.ts";
import { imageOf } from "./observe.ts";
import { until } from "./processes.ts";

/* A cluster that reads the repository at a pinned ref, on the real Argo CD. */
let cluster: ControlPlane;
let fleet: Fleet;

beforeAll(async () => {
  ({ cluster, fleet } = await startArgoLab());
});
afterAll(() => cluster?.stop());

test("a pinned cluster gets a change when its pin moves, not before", async () => {
  const repository = 'repository: "https://git.example.org/fleet.git"';
  fleet.edit(file, repository, `${repository}, ref: { tag: lab-1 }`);
  const first = fleet.push("lab-1");
  refresh(cluster);
  // Until the pin has reached them they follow the branch, which is at the same commit.
  const pinned = () =>
    applicationsOf(cluster).every(
      ({ name, fleet, follows }) => !fleet || /^lab(-applications)?$/.test(name) || follows === "lab-1",
    );
  await until("the pin", pinned, { seconds: 120 });
  await synced(cluster, first);
  fleet.edit(file, "keystone: {}", "keystone: { image: { keystone: registry.example.org/keystone:two } }");
  const second = fleet.push();
  refresh(cluster);
  await until("the root at the second commit", () => applicationOf(cluster, "lab").revision === second);
  refresh(cluster);
  for (const { name, revision, fleet } of applicationsOf(cluster))
    if (fleet && name !== "lab") expect(revision, name).toBe(first);

  fleet.edit(file, "tag: lab-1", "tag: lab-2");
  const third = fleet.push("lab-2");
  await synced(cluster, third);
  expect(imageOf(cluster, "keystone-api")).toBe("registry.example.org/keystone:two");
});
