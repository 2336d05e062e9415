import { expect, test } from "vitest";
import { changes, jobsOf, list, setReady, snapshot } from "../observe.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";
import { expectToOutlive } from "../spread.ts";
import { expectRemoved } from "./removal.ts";

const nothing = { made: [], changed: [], deleted: [] };

/** One push to a production cluster that has nothing yet. */
export function comesUp(site: Site): void {
  test(`one push brings every instance up, ${site.engine.name} says so, and its pods are there`, async () => {
    await site.engine.bootstrap(site.cluster, site.fleet, site.name, site.fleet.push());
    for (const kind of ["deployments", "statefulsets"])
      for (const { metadata, spec, status } of await list(site.cluster, kind))
        expect(status?.readyReplicas, `${kind} ${metadata.name}`).toBe(spec?.replicas);
  });
}

/** How long a commit takes that is for none of its objects. */
export function unchanged(site: Site): void {
  test("a commit that concerns no cluster touches nothing", async () => {
    const before = await snapshot(site.cluster);
    site.fleet.write("README.md", "Our fleet.\n");
    const started = performance.now();
    await site.deliver();
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`an unchanged tree, ${site.name} on ${site.engine.name}: ${seconds} s from commit to ready`);
    expect(changes(before, await snapshot(site.cluster))).toEqual(nothing);
  });
}

/** Where the real scheduler has put its pods, and what is left of each service when nodes and zones go. */
export function outlives(site: Site): void {
  test("each service and each majority outlives the loss of any node, of any zone, and drains of whole zones", () =>
    expectToOutlive(site.cluster));
}

/** What happens to a production cluster from then on. */
export function goesOn(site: Site): void {
  const { engine, file } = site;

  test("looking again changes nothing", async () => {
    const before = await snapshot(site.cluster);
    await engine.compare(site.cluster);
    await engine.synced(site.cluster, site.fleet.git("rev-parse", "HEAD").trim());
    expect(changes(before, await snapshot(site.cluster))).toEqual(nothing);
  });

  unchanged(site);

  test("with one member of each infrastructure away, an option rolls the service that reads it, and no Job runs", async () => {
    const members = ["mariadb-0", "rabbitmq-server-0", "memcached-server-0"];
    const before = await snapshot(site.cluster);
    for (const member of members) await setReady(site.cluster, member, "False");
    site.fleet.edit(file, "keystone: {", "keystone: { config: { keystone.conf: { token: { expiration: 7200 } } },");
    const commit = site.push();
    if (engine.majority) await engine.synced(site.cluster, commit);
    else
      await until("Keystone at the commit", async () => {
        const { applied, ready, working } = await site.unit("keystone", "run");
        return applied === commit && ready && !working;
      });
    for (const member of members) await setReady(site.cluster, member, "True");
    await engine.synced(site.cluster, commit);
    const { made, changed, deleted } = changes(before, await snapshot(site.cluster));
    expect(changed).toContainEqual(expect.stringMatching(/^Deployment \S+\/keystone-api$/));
    const touched = [...made, ...changed, ...deleted];
    expect(touched.filter((object) => !object.includes("/keystone-"))).toEqual([]);
    expect(touched.filter((object) => object.startsWith("Job "))).toEqual([]);
  });

  test("another image runs every Job of its service once more, another template that Job alone; the old ones go", async () => {
    const before = await snapshot(site.cluster);
    const [images, templates] = [await jobsOf(site.cluster, "keystone"), await jobsOf(site.cluster, "glance")];
    site.fleet.edit(file, "keystone: {", "keystone: { image: { keystone: registry.example.org/keystone:patched },");
    const path = "/spec/template/spec/containers/0/resources/requests/cpu";
    const patch = `{ target: { kind: Job, name: glance-db-expand }, ops: [{ op: add, path: ${path}, value: 200m }] }`;
    site.fleet.edit(file, "  glance:\n", `  glance:\n    patches: [${patch}]\n`);
    await site.deliver();
    const [keystone, glance] = [await jobsOf(site.cluster, "keystone"), await jobsOf(site.cluster, "glance")];
    expect([...Object.values(keystone), ...Object.values(glance)].every((succeeded) => succeeded === 1)).toBe(true);
    expect(Object.keys(keystone)).toHaveLength(Object.keys(images).length);
    const migrations = Object.keys(keystone).filter((job) => job.includes("db-"));
    expect(migrations.filter((job) => job in images)).toEqual([]);
    expect(Object.keys(glance)).toHaveLength(Object.keys(templates).length);
    const fresh = Object.keys(glance).filter((job) => !(job in templates));
    expect(fresh).toEqual([expect.stringMatching(/^glance-db-expand-/)]);
    // Nobody else's, and none of glance's others again under its old name.
    const { made, changed, deleted } = changes(before, await snapshot(site.cluster));
    const touched = [...made, ...changed, ...deleted].filter((object) => object.startsWith("Job "));
    expect(touched.filter((object) => !/\/(?:keystone-|glance-db-expand-)/.test(object))).toEqual([]);
  });

  test("a removed service goes, its data stays", async () => {
    const before = await snapshot(site.cluster);
    const consent = "consent: [{ change: remove-instance/placement, reason: not wanted }]";
    site.fleet.edit(file, "  placement: {}\n", "");
    site.fleet.edit(file, "services:", `${consent}\nservices:`);
    await site.deliver();
    await expectRemoved(site, before, "placement");
  });
}
