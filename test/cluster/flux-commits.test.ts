import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { failing, reconcile, stepsOf } from "./flux.ts";
import { lab as file, startLab } from "./lab.ts";
import { list } from "./observe.ts";
import { until } from "./processes.ts";

/* What goes wrong in a repository's life, on the real Flux: the cluster keeps running, Flux says why, a commit heals it. */
let cluster: ControlPlane;
let fleet: Fleet;
let deliver: () => Promise<void>;

beforeAll(async () => {
  ({ cluster, fleet, deliver } = await startLab());
});
afterAll(() => cluster?.stop());

test("an overlay that does not build stops its own step alone, and Flux says what is wrong", async () => {
  fleet.write("overlays/lab/placement/run/kustomization.yaml", "resources: [nowhere]\n");
  const commit = fleet.commit();
  reconcile(cluster);
  const { message } = await until("the failure", () => failing(cluster, "lab-placement-run"));
  expect(message).toContain("nowhere");
  await until(
    "the other services at the commit",
    () => stepsOf(cluster).find(({ name }) => name === "lab-glance-run")?.applied === commit,
  );

  fleet.git("revert", "--no-edit", "HEAD");
  await deliver();
});

test("an object that the server refuses is named with the reason", async () => {
  const patch = `{ target: { kind: Deployment, name: placement-api }, ops: [{ op: replace, path: /spec/strategy/type, value: Sometimes }] }`;
  fleet.edit(file, "placement: {", `placement: { patches: [${patch}],`);
  fleet.push();
  reconcile(cluster);
  const { message } = await until("the failure", () => failing(cluster, "lab-placement-run"));
  expect(message).toMatch(/Deployment\/openstack-services\/placement-api.*Sometimes/s);

  fleet.edit(file, ` patches: [${patch}],`, "");
  await deliver();
});

test("a deleted namespace comes back with all that was in it", async () => {
  cluster.kubectl("delete", "namespace", "openstack-services", "--wait");
  reconcile(cluster, "kustomizations");
  await until(
    "the services",
    () => list(cluster, "deployments").filter(({ status }) => Number(status?.readyReplicas ?? 0) > 0).length >= 3,
  );
});

test("a branch that was rewritten is followed", async () => {
  fleet.git("reset", "--quiet", "--hard", "HEAD~2");
  fleet.write("README.md", "Rewritten.\n");
  await deliver();
});
