import { expect, test } from "vitest";
import { failFor, nodes, waitingJob } from "../jobs.ts";
import { imageOf } from "../observe.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";

/** Jobs that fail or take long: on a cordoned node their pods wait until the test says what becomes of them. */
export function jobs(lab: Site): void {
  const { engine, file } = lab;
  const waiting = (image: string) => until(`the Job of ${image}`, () => waitingJob(lab.cluster, image));

  test(`a Job that fails stops the new code of its service, and ${engine.name} names the Job`, async () => {
    const serving = await imageOf(lab.cluster, "placement-api");
    nodes(lab.cluster, "cordon");
    lab.fleet.edit(file, "placement: {}", "placement: { image: { placement: registry.example.org/placement:broken } }");
    lab.push();
    const job = await waiting("placement:broken");
    await failFor(lab.cluster, job);
    await lab.failure("placement", "expand", new RegExp(job.name));
    expect(await imageOf(lab.cluster, "placement-api")).toBe(serving);

    nodes(lab.cluster, "uncordon");
    lab.fleet.edit(file, "placement:broken", "placement:fixed");
    await lab.deliver();
    expect(await imageOf(lab.cluster, "placement-api")).toBe("registry.example.org/placement:fixed");
  });

  test("a Job that still runs when the next commit comes is finished before that commit is applied", async () => {
    nodes(lab.cluster, "cordon");
    lab.fleet.edit(file, "placement:fixed", "placement:slow");
    lab.push();
    const running = await waiting("placement:slow");
    lab.fleet.edit(file, "placement:slow", "placement:next");
    // Of the others too something is to be applied, and for this no pod is needed.
    lab.fleet.edit(file, "keystone: {}", 'keystone: { crons: { trust-flush: "0 5 * * 0" } }');
    const next = lab.push();
    await lab.others(next, "placement");
    expect(await waitingJob(lab.cluster, "placement:slow")).toEqual(running);
    expect(await waitingJob(lab.cluster, "placement:next")).toBeUndefined();
    expect((await lab.unit("placement", "expand")).working).toBe(true);

    nodes(lab.cluster, "uncordon");
    await engine.synced(lab.cluster, next);
    expect(await imageOf(lab.cluster, "placement-api")).toBe("registry.example.org/placement:next");
  });

  test("an upgrade that is taken back in Git leaves the new release serving, for the old one's Jobs fail", async () => {
    const services = ["keystone", "glance", "placement"];
    const serving = () => Promise.all(services.map((service) => imageOf(lab.cluster, `${service}-api`)));
    lab.fleet.edit(file, "name: lab\n", 'name: lab\nrelease: "2026.2"\n');
    await lab.deliver();
    const upgraded = await serving();
    expect(upgraded[0]).toContain("2026.2");

    nodes(lab.cluster, "cordon");
    // Not by overstack, which refuses to generate a step back.
    lab.fleet.git("revert", "--no-edit", "HEAD");
    lab.push({ generate: false });
    // In order, the first failure keeps the others from beginning. Placement has an image of its own here.
    const begun = engine.ordered ? ["keystone"] : ["keystone", "glance"];
    for (const service of begun) await failFor(lab.cluster, await waiting(`${service}:2026.1`));
    // A phase is judged when all its Jobs have ended.
    nodes(lab.cluster, "uncordon");
    await lab.failure("keystone", "expand", /keystone-db-expand/);
    expect(await serving()).toEqual(upgraded);

    lab.fleet.git("revert", "--no-edit", "HEAD~1");
    await lab.deliver();
    expect(await serving()).toEqual(upgraded);
  });
}
