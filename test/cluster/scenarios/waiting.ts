import { expect, test } from "vitest";
import { jobsOf, list, serving } from "../observe.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";

/** A commit whose service depends on what never becomes ready. */
export function waiting(lab: Site): void {
  const { engine, file } = lab;

  test(`a service waits for a dependency that never becomes ready, ${engine.name} says for which, the others go on`, async () => {
    // No node is as large as that.
    const cache = 'memcached-2: { resources: { server: { requests: { cpu: "1000" } } } }';
    lab.fleet.edit(file, "services:", `infrastructure: { ${cache} }\nservices:`);
    lab.fleet.edit(
      file,
      "placement: {",
      "keystone-2: { component: keystone, uses: { cache: memcached-2 } }, placement: {",
    );
    lab.fleet.overstack("generate");
    const dependency = engine.unitOf("lab", "memcached-2", "run");
    const undo = engine.hasten?.(lab.fleet, "lab", dependency);
    const commit = lab.push({ generate: false });
    const says = engine.waitingFor("lab", "keystone-2");
    await until(`${says} to say what it waits for`, async () => {
      const unit = (await engine.units(lab.cluster)).find(({ name }) => name === says);
      if (unit?.message.includes(dependency)) return true;
      throw new Error(unit?.message);
    });
    await lab.others(commit, "memcached-2", "keystone-2");
    expect((await lab.unit("memcached-2", "run")).ready).toBe(false);
    const begun = await list(lab.cluster, "deployments", "app.kubernetes.io/instance=keystone-2");
    expect([begun, await jobsOf(lab.cluster, "keystone-2")]).toEqual([[], {}]);
    const pending = engine.named("StatefulSet", "openstack-infrastructure", "memcached-server-2");
    if (undo !== undefined) await lab.failure("memcached-2", "run", new RegExp(pending));

    undo?.();
    lab.fleet.edit(file, 'cpu: "1000"', "cpu: 10m");
    await lab.deliver();
    expect(await serving(lab.cluster)).toContain("keystone-api-2");
  });
}
