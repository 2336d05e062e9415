import { expect, test } from "vitest";
import { serving, snapshot } from "../observe.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";

/** What goes wrong in a repository's life: the cluster keeps running, the engine says why, the next good commit heals it. */
export function badCommits(lab: Site): void {
  const { engine, file } = lab;
  let sound: string;
  const services = ["glance-api", "keystone-api", "placement-api"];

  test(`an overlay that does not build stops its own service alone, and ${engine.name} says what is wrong`, async () => {
    lab.fleet.write("overlays/lab/placement/run/kustomization.yaml", "resources: [nowhere]\n");
    const commit = lab.push({ generate: false });
    await lab.failure("placement", "run", /nowhere/);
    await lab.others(commit, "placement");
    expect(await serving(lab.cluster)).toEqual(expect.arrayContaining(services));

    lab.fleet.git("revert", "--no-edit", "HEAD");
    await lab.deliver();
  });

  test("an object that the server refuses is named with the reason", async () => {
    const patch = `{ target: { kind: Deployment, name: placement-api }, ops: [{ op: replace, path: /spec/strategy/type, value: Sometimes }] }`;
    sound = lab.fleet.git("rev-parse", "HEAD").trim();
    lab.fleet.edit(file, "placement: {", `placement: { patches: [${patch}],`);
    const commit = lab.push();
    const refused = engine.named("Deployment", "openstack-services", "placement-api");
    await lab.failure("placement", "run", new RegExp(`${refused}.*Sometimes`, "s"));
    await lab.others(commit, "placement");
    expect(await serving(lab.cluster)).toEqual(expect.arrayContaining(services));

    lab.fleet.edit(file, ` patches: [${patch}],`, "");
    await lab.deliver();
  });

  test("a deleted namespace comes back with all that was in it", async () => {
    const before = Object.keys(await snapshot(lab.cluster));
    lab.cluster.kubectl("delete", "namespace", "openstack-services", "--wait");
    // What was tried before the namespace had gone is tried again later, by Argo CD for those objects alone that had gone by then.
    if (engine.terminate === undefined) {
      engine.startCompare(lab.cluster);
      await until("the namespace", () => lab.cluster.kubectl("get", "namespace", "openstack-services"));
      engine.startCompare(lab.cluster);
    } else {
      await engine.compare(lab.cluster);
      await engine.terminate(lab.cluster);
      lab.push();
    }
    await until("all that was in it", async () => {
      const now = await snapshot(lab.cluster);
      const missing = before.filter((object) => !(object in now));
      if (missing.length > 0) throw new Error(missing.join(", "));
      return true;
    });
    await until("the services", async () => {
      const all = await serving(lab.cluster);
      return services.every((service) => all.includes(service));
    });
  });

  test("a branch that was rewritten is followed", async () => {
    lab.fleet.git("reset", "--quiet", "--hard", sound);
    lab.fleet.write("README.md", "Rewritten.\n");
    await lab.deliver();
  });
}
