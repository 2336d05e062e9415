import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { at, failing, reconcile, stepsOf, synced } from "./flux.ts";
import { lab as file, startLab } from "./lab.ts";
import { imageIn, imageOf, list } from "./observe.ts";
import { until } from "./processes.ts";

/* Jobs that fail or take long, on the real Flux. */
let cluster: ControlPlane;
let fleet: Fleet;
let deliver: () => Promise<void>;

beforeAll(async () => {
  ({ cluster, fleet, deliver } = await startLab());
});
afterAll(() => cluster?.stop());

test("a Job that fails stops the new code of its service, and Flux names the Job", async () => {
  const serving = imageOf(cluster, "placement-api");
  nodes("cordon");
  fleet.edit(file, "placement: {}", "placement: { image: { placement: registry.example.org/placement:broken } }");
  fleet.push();
  reconcile(cluster);
  const job = await until("the Job of the new image", () => waitingJob("placement:broken"));
  failFor(job);
  const { message } = await until("the failure", () => failing(cluster, "lab-placement-expand"));
  expect(message).toContain(job.name);
  expect(imageOf(cluster, "placement-api")).toBe(serving);

  nodes("uncordon");
  fleet.edit(file, "placement:broken", "placement:fixed");
  await deliver();
  expect(imageOf(cluster, "placement-api")).toBe("registry.example.org/placement:fixed");
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
  expect(imageOf(cluster, "placement-api")).toBe("registry.example.org/placement:next");
});

test("an upgrade that is taken back in Git leaves the new release serving, for the old one's Jobs fail", async () => {
  const serving = () => ["keystone", "glance", "placement"].map((service) => imageOf(cluster, `${service}-api`));
  fleet.edit(file, "name: lab\n", 'name: lab\nrelease: "2026.2"\n');
  await deliver();
  const upgraded = serving();
  expect(upgraded[0]).toContain("2026.2");

  nodes("cordon");
  // Not by overstack, which refuses to generate a step back.
  fleet.git("revert", "--no-edit", "HEAD");
  fleet.commit();
  reconcile(cluster);
  failFor(await until("the Job of the old release", () => waitingJob("keystone:2026.1")));
  const { message } = await until("the failure", () => failing(cluster, "lab-keystone-expand"));
  expect(message).toContain("keystone-db-expand");
  expect(serving()).toEqual(upgraded);

  nodes("uncordon");
  fleet.git("revert", "--no-edit", "HEAD~1");
  await deliver();
  expect(serving()).toEqual(upgraded);
});

/** A Job of the image that migrates its database and has a pod which no node takes. */
function waitingJob(image: string): { name: string; uid: string; namespace: string } | undefined {
  const found = list(cluster, "jobs").find(
    (job) => job.metadata.name.includes("-db-") && imageIn(job).includes(image) && Number(job.status?.active ?? 0) > 0,
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
