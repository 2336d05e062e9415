import { afterAll, beforeAll, expect, test } from "vitest";
import { applicationsOf, bootstrap, refresh, startArgo, synced } from "./argocd.ts";
import type { ControlPlane } from "./control-plane.ts";
import { type Fleet, golden } from "./fleet.ts";
import { changes, jobsOf, list, setReady, snapshot } from "./observe.ts";
import { startSite } from "./site.ts";

/*
 * A production cluster, delivered by the real Argo CD; operators are there already. The tests are commits of one history,
 * in order.
 */
const name = "production-argocd";
const file = `clusters/${name}/cluster.yaml`;
let cluster: ControlPlane;
let fleet: Fleet;

beforeAll(async () => {
  const operators = ["mariadb-operator", "cert-manager"].map((operator) => `${operator}: existing`).join(", ");
  const text = golden(name).replace("services:\n", `operators: { ${operators} }\nservices:\n`);
  const broker = text.replace("keystone: {}", "keystone: { notifications: true }");
  ({ cluster, fleet } = await startSite({ [name]: broker }, { zones: ["a", "b", "c"], count: 20 }, startArgo));
});
afterAll(() => cluster?.stop());

test("one push brings every Application up", async () => {
  await bootstrap(cluster, fleet, name, fleet.push());
  for (const kind of ["deployments", "statefulsets"])
    for (const { metadata, spec, status } of list(cluster, kind))
      expect(status?.readyReplicas, `${kind} ${metadata.name}`).toBe(spec?.replicas);
});

test("no Application began before those of earlier waves were healthy", () => {
  const instances = applicationsOf(cluster).filter(({ fleet, wave }) => fleet && wave > 0);
  expect(new Set(instances.map(({ wave }) => wave)).size).toBeGreaterThan(3);
  for (const later of instances)
    for (const earlier of instances.filter(({ wave }) => wave < later.wave))
      expect(later.began >= earlier.healthySince, `${later.name} after ${earlier.name}`).toBe(true);
});

test("looking again changes nothing", async () => {
  const before = snapshot(cluster);
  refresh(cluster);
  await synced(cluster, fleet.git("rev-parse", "HEAD").trim());
  expect(changes(before, snapshot(cluster))).toEqual({ made: [], changed: [], deleted: [] });
});

test("a commit that concerns no cluster touches nothing, and is through within two minutes", async () => {
  const before = snapshot(cluster);
  fleet.write("README.md", "Our fleet.\n");
  const started = performance.now();
  await deliver({ seconds: 120 });
  console.log(`an unchanged tree: ${((performance.now() - started) / 1000).toFixed(0)} s from commit to ready`);
  expect(changes(before, snapshot(cluster))).toEqual({ made: [], changed: [], deleted: [] });
});

test("with one member of each infrastructure away, an option rolls the service that reads it, and no Job runs", async () => {
  const members = ["mariadb-0", "rabbitmq-server-0", "memcached-server-0"];
  const before = snapshot(cluster);
  for (const member of members) setReady(cluster, member, "False");
  fleet.edit(file, "keystone: {", "keystone: { config: { keystone.conf: { token: { expiration: 7200 } } },");
  await deliver({ of: /-keystone$/ });
  for (const member of members) setReady(cluster, member, "True");
  await synced(cluster, fleet.git("rev-parse", "HEAD").trim());
  const { made, changed, deleted } = changes(before, snapshot(cluster));
  const touched = [...made, ...changed, ...deleted];
  expect(touched.filter((object) => !object.includes("/keystone-"))).toEqual([]);
  expect(touched.filter((object) => object.startsWith("Job "))).toEqual([]);
});

test("another image runs every Job of the service once more, and takes the old ones away", async () => {
  const before = jobsOf(cluster, "keystone");
  fleet.edit(file, "keystone: {", "keystone: { image: { keystone: registry.example.org/keystone:patched },");
  await deliver();
  const after = jobsOf(cluster, "keystone");
  expect(Object.keys(after)).toHaveLength(Object.keys(before).length);
  expect(Object.values(after).every((succeeded) => succeeded === 1)).toBe(true);
  const migrations = Object.keys(after).filter((job) => job.includes("db-"));
  expect(migrations.filter((job) => job in before)).toEqual([]);
});

test("a removed service goes, its data stays", async () => {
  fleet.edit(file, "  placement: {}\n", "");
  fleet.edit(file, "services:", "consent: [{ change: remove-instance/placement, reason: not wanted }]\nservices:");
  const before = snapshot(cluster);
  await deliver();
  const { made, deleted } = changes(before, snapshot(cluster));
  expect(made).toEqual([]);
  expect(deleted).toContain("Deployment openstack-placement/placement-api");
  const data = Object.keys(snapshot(cluster)).filter((object) => object.includes("/placement"));
  expect(data.every((object) => /^(?:Database|User|Grant|Connection) /.test(object))).toBe(true);
  expect(data.some((object) => object.startsWith("Database "))).toBe(true);
});

/** Commits what was edited and waits until it is applied and healthy. */
async function deliver(wanted?: Parameters<typeof synced>[2]): Promise<void> {
  const commit = fleet.push();
  refresh(cluster);
  await synced(cluster, commit, wanted);
}
