import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { type Fleet, golden } from "./fleet.ts";
import { bootstrap, reconcile, type Step, stepsOf, synced } from "./flux.ts";
import { type Live, list } from "./observe.ts";
import { until } from "./processes.ts";
import { startSite } from "./site.ts";

/* What goes wrong in a repository's life, on the real Flux: the cluster keeps running, Flux says why, a commit heals it. */
const file = "clusters/lab/cluster.yaml";
let cluster: ControlPlane;
let fleet: Fleet;

beforeAll(async () => {
  const text = golden("development-minimal").replace("name: development-minimal", "name: lab");
  ({ cluster, fleet } = await startSite({ lab: text }, { zones: [], count: 1 }));
  await bootstrap(cluster, fleet, "lab", fleet.push());
}, 240_000);
afterAll(() => cluster?.stop());

test("a Job that fails stops the new code of its service, and Flux names the Job", async () => {
  const serving = imageOf("placement-api");
  nodes("cordon");
  fleet.edit(file, "placement: {}", "placement: { image: { placement: registry.example.org/placement:broken } }");
  fleet.push();
  reconcile(cluster);
  const job = await until("the Job of the new image", () => waitingJob("placement:broken"));
  failFor(job);
  const { message } = await until("the failure", () => failing("lab-placement-expand"));
  expect(message).toContain(job.name);
  expect(imageOf("placement-api")).toBe(serving);

  nodes("uncordon");
  fleet.edit(file, "placement:broken", "placement:fixed");
  await deliver();
  expect(imageOf("placement-api")).toBe("registry.example.org/placement:fixed");
});

test("a Job that still runs when the next commit comes is finished before that commit is applied", async () => {
  nodes("cordon");
  fleet.edit(file, "placement:fixed", "placement:slow");
  fleet.push();
  reconcile(cluster);
  const running = await until("the Job", () => waitingJob("placement:slow"));
  fleet.edit(file, "placement:slow", "placement:next");
  const next = fleet.push();
  reconcile(cluster);
  await until("the next commit in all other steps", () => stepsOf(cluster).filter(at(next)).length > 4);
  expect(waitingJob("placement:slow")).toEqual(running);
  expect(waitingJob("placement:next")).toBeUndefined();

  nodes("uncordon");
  await synced(cluster, next);
  expect(imageOf("placement-api")).toBe("registry.example.org/placement:next");
});

test("an overlay that does not build stops its own step alone, and Flux says what is wrong", async () => {
  fleet.write("overlays/lab/placement/run/kustomization.yaml", "resources: [nowhere]\n");
  const commit = fleet.commit();
  reconcile(cluster);
  const { message } = await until("the failure", () => failing("lab-placement-run"));
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
  const { message } = await until("the failure", () => failing("lab-placement-run"));
  expect(message).toMatch(/Deployment\/openstack-services\/placement-api.*Sometimes/s);

  fleet.edit(file, ` patches: [${patch}],`, "");
  await deliver();
});

test("a deleted namespace comes back with all that was in it", async () => {
  cluster.kubectl("delete", "namespace", "openstack-services", "--wait");
  reconcile(cluster, "kustomizations");
  await until("the services", () => list(cluster, "deployments").filter(isServing).length >= 3, { seconds: 120 });
});

test("a branch that was rewritten is followed", async () => {
  fleet.git("reset", "--quiet", "--hard", "HEAD~2");
  fleet.write("README.md", "Rewritten.\n");
  await deliver();
});

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
  expect(imageOf("keystone-api")).toBe("registry.example.org/keystone:two");
});

/** Commits what was edited and waits until all of it is applied and ready. */
async function deliver(): Promise<void> {
  const commit = fleet.push();
  reconcile(cluster);
  await synced(cluster, commit);
}

const at =
  (commit: string) =>
  ({ applied, ready }: Step): boolean =>
    ready && applied === commit;

/** A step that was tried and failed; undefined while it waits or works. */
const failing = (name: string): Step | undefined =>
  stepsOf(cluster).find((step) => step.name === name && /Failed/.test(step.reason));

const isServing = ({ status }: Live): boolean => Number(status?.readyReplicas ?? 0) > 0;

interface Template {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}
const imageIn = ({ spec }: Live): string => (spec!.template as Template).spec.containers[0]!.image;

const imageOf = (deployment: string): string =>
  imageIn(list(cluster, "deployments").find(({ metadata }) => metadata.name === deployment)!);

/** A Job of the image that has a pod which no node takes. */
function waitingJob(image: string): { name: string; uid: string; namespace: string } | undefined {
  const found = list(cluster, "jobs").find(
    (job) => imageIn(job).endsWith(image) && Number(job.status?.active ?? 0) > 0,
  );
  if (found === undefined) return undefined;
  const { name, uid, namespace } = found.metadata;
  return { name, uid, namespace };
}

/** Its pod fails, and it has no further try. */
function failFor({ name, namespace }: { name: string; namespace: string }): void {
  const patch = (kind: string, object: string, change: object, ...more: string[]) =>
    cluster.kubectl("-n", namespace, "patch", kind, object, ...more, "--type=merge", "--patch", JSON.stringify(change));
  patch("job", name, { spec: { backoffLimit: 0 } });
  for (const { metadata } of list(cluster, "pods", `batch.kubernetes.io/job-name=${name}`))
    patch("pod", metadata.name, { status: { phase: "Failed" } }, "--subresource=status");
}

/** New pods wait for a node, or get one again. */
const nodes = (what: "cordon" | "uncordon"): string => cluster.kubectl(what, "--selector", "kubernetes.io/os=linux");
