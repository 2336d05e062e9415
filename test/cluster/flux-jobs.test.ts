import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { at, failing, reconcile, stepsOf, synced } from "./flux.ts";
import { failFor, nodes, waitingJob } from "./jobs.ts";
import { lab as file, startLab } from "./lab.ts";
import { imageOf } from "./observe.ts";
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
  nodes(cluster, "cordon");
  fleet.edit(file, "placement: {}", "placement: { image: { placement: registry.example.org/placement:broken } }");
  fleet.push();
  reconcile(cluster);
  const job = await until("the Job of the new image", () => waitingJob(cluster, "placement:broken"));
  failFor(cluster, job);
  const { message } = await until("the failure", () => failing(cluster, "lab-placement-expand"));
  expect(message).toContain(job.name);
  expect(imageOf(cluster, "placement-api")).toBe(serving);

  nodes(cluster, "uncordon");
  fleet.edit(file, "placement:broken", "placement:fixed");
  await deliver();
  expect(imageOf(cluster, "placement-api")).toBe("registry.example.org/placement:fixed");
});

test("a Job that still runs when the next commit comes is finished before that commit is applied", async () => {
  nodes(cluster, "cordon");
  fleet.edit(file, "placement:fixed", "placement:slow");
  fleet.push();
  reconcile(cluster);
  const running = await until("the Job", () => waitingJob(cluster, "placement:slow"));
  fleet.edit(file, "placement:slow", "placement:next");
  const next = fleet.push();
  reconcile(cluster);
  await until("the next commit in all other steps", () => stepsOf(cluster).filter(at(next)).length > 4);
  expect(waitingJob(cluster, "placement:slow")).toEqual(running);
  expect(waitingJob(cluster, "placement:next")).toBeUndefined();

  nodes(cluster, "uncordon");
  await synced(cluster, next);
  expect(imageOf(cluster, "placement-api")).toBe("registry.example.org/placement:next");
});

test("an upgrade that is taken back in Git leaves the new release serving, for the old one's Jobs fail", async () => {
  const serving = () => ["keystone", "glance", "placement"].map((service) => imageOf(cluster, `${service}-api`));
  fleet.edit(file, "name: lab\n", 'name: lab\nrelease: "2026.2"\n');
  await deliver();
  const upgraded = serving();
  expect(upgraded[0]).toContain("2026.2");

  nodes(cluster, "cordon");
  // Not by overstack, which refuses to generate a step back.
  fleet.git("revert", "--no-edit", "HEAD");
  fleet.commit();
  reconcile(cluster);
  failFor(cluster, await until("the Job of the old release", () => waitingJob(cluster, "keystone:2026.1")));
  const { message } = await until("the failure", () => failing(cluster, "lab-keystone-expand"));
  expect(message).toContain("keystone-db-expand");
  expect(serving()).toEqual(upgraded);

  nodes(cluster, "uncordon");
  fleet.git("revert", "--no-edit", "HEAD~1");
  await deliver();
  expect(serving()).toEqual(upgraded);
});
