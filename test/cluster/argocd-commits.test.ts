import { afterAll, beforeAll, expect, test } from "vitest";
import { applicationOf, failing, refresh } from "./argocd.ts";
import { startArgoLab } from "./argocd-lab.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { lab as file } from "./lab.ts";
import { list } from "./observe.ts";
import { until } from "./processes.ts";

/* What goes wrong in a repository's life, on the real Argo CD: the cluster keeps running, Argo CD says why, a commit heals it. */
let cluster: ControlPlane;
let fleet: Fleet;
let deliver: () => Promise<void>;

beforeAll(async () => {
  ({ cluster, fleet, deliver } = await startArgoLab());
});
afterAll(() => cluster?.stop());

test("an overlay that does not build stops its own Application alone, and Argo CD says what is wrong", async () => {
  fleet.write("overlays/lab/placement/run/kustomization.yaml", "resources: [nowhere]\n");
  const commit = fleet.commit();
  refresh(cluster);
  const { message } = await until("the failure", () => failing(cluster, "lab-placement"));
  expect(message).toContain("nowhere");
  await until("the other services at the commit", () => {
    const { revision, sync } = applicationOf(cluster, "lab-glance");
    return revision === commit && sync === "Synced";
  });

  fleet.git("revert", "--no-edit", "HEAD");
  await deliver();
});

test("an object that the server refuses is named with the reason", async () => {
  const patch = `{ target: { kind: Deployment, name: placement-api }, ops: [{ op: replace, path: /spec/strategy/type, value: Sometimes }] }`;
  fleet.edit(file, "placement: {", `placement: { patches: [${patch}],`);
  fleet.push();
  refresh(cluster);
  const { message } = await until("the failure", () => failing(cluster, "lab-placement"));
  expect(message).toMatch(/placement-api.*Sometimes/s);

  fleet.edit(file, ` patches: [${patch}],`, "");
  await deliver();
});

test("a deleted namespace comes back with all that was in it", async () => {
  cluster.kubectl("delete", "namespace", "openstack-services", "--wait");
  refresh(cluster);
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
