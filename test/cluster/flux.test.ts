import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { type Fleet, golden } from "./fleet.ts";
import { bootstrap, reconcile, stepsOf, synced } from "./flux.ts";
import { changes, jobsOf, list, setReady, snapshot } from "./observe.ts";
import { startSite } from "./site.ts";

/*
 * A production cluster with everything of its own and Secrets in Git, delivered by the real Flux. The tests are commits of
 * one history, in order.
 */
const name = "production-flux";
const file = `clusters/${name}/cluster.yaml`;
let cluster: ControlPlane;
let fleet: Fleet;

beforeAll(async () => {
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  const text = golden(name)
    .replace(/ref: \{.*?\}/, "branch: main")
    .replace(/age1\w+/, recipient);
  ({ cluster, fleet } = await startSite({ [name]: text }));
  const key = ["secret", "generic", "fleet-age", `--from-literal=fleet.agekey=${identity}`];
  cluster.kubectl("--namespace", "flux-system", "create", ...key);
  fleet.overstack("secrets", "create", name);
});
afterAll(() => cluster?.stop());

test("one push brings every instance up, with the Secrets that were encrypted in Git", async () => {
  const commit = fleet.push();
  await bootstrap(cluster, fleet, name, commit);
  const [admin] = list(cluster, "secrets", "").filter(({ metadata }) => metadata.name === "keystone-admin");
  expect(admin).toBeDefined();
  for (const kind of ["deployments", "statefulsets"])
    for (const { metadata, spec, status } of list(cluster, kind))
      expect(status?.readyReplicas, `${kind} ${metadata.name}`).toBe(spec?.replicas);
});

test("no step began before those that it depends on were ready", () => {
  const steps = new Map(stepsOf(cluster).map((step) => [step.name, step]));
  for (const { name: later, after, began } of steps.values())
    for (const earlier of after)
      expect(steps.get(earlier)!.readySince.localeCompare(began), `${later} after ${earlier}`).toBeLessThanOrEqual(0);
});

test("looking again changes nothing", async () => {
  const before = snapshot(cluster);
  reconcile(cluster, "kustomizations");
  await synced(cluster, fleet.git("rev-parse", "HEAD").trim());
  expect(changes(before, snapshot(cluster))).toEqual({ made: [], changed: [], deleted: [] });
});

test("a commit that concerns no cluster touches nothing, and is through within two minutes", async () => {
  const before = snapshot(cluster);
  fleet.write("README.md", "Our fleet.\n");
  const started = performance.now();
  await deliver(120);
  console.log(`an unchanged tree: ${((performance.now() - started) / 1000).toFixed(0)} s from commit to ready`);
  expect(changes(before, snapshot(cluster))).toEqual({ made: [], changed: [], deleted: [] });
});

test("with one member of each infrastructure away, an option rolls the service that reads it, and no Job runs", async () => {
  const members = ["mariadb-0", "rabbitmq-server-0", "memcached-server-0"];
  const before = snapshot(cluster);
  for (const member of members) setReady(cluster, member, "False");
  fleet.edit(file, "  keystone: {", "  keystone: { config: { keystone.conf: { token: { expiration: 7200 } } },");
  await deliver();
  for (const member of members) setReady(cluster, member, "True");
  const { made, changed, deleted } = changes(before, snapshot(cluster));
  expect(changed).toContain("Deployment openstack-services/keystone-api");
  const touched = [...made, ...changed, ...deleted];
  expect(touched.filter((object) => !object.includes("/keystone-"))).toEqual([]);
  expect(touched.filter((object) => object.startsWith("Job "))).toEqual([]);
});

test("another image runs every Job of the service once more, and takes the old ones away", async () => {
  const before = jobsOf(cluster, "keystone");
  const image = "image: { keystone: registry.example.org/keystone:patched }";
  fleet.edit(file, "  keystone: {", `  keystone: { ${image},`);
  await deliver();
  const after = jobsOf(cluster, "keystone");
  expect(Object.keys(after)).toHaveLength(Object.keys(before).length);
  expect(Object.values(after).every((succeeded) => succeeded === 1)).toBe(true);
  expect(
    Object.keys(after)
      .filter((job) => job.includes("db-"))
      .filter((job) => job in before),
  ).toEqual([]);
});

test("a removed service goes, its data stays", async () => {
  const before = snapshot(cluster);
  fleet.edit(file, "  placement: {}\n", "");
  fleet.edit(file, "services:", "consent: [{ change: remove-instance/placement, reason: not wanted }]\nservices:");
  await deliver();
  const { made, deleted } = changes(before, snapshot(cluster));
  expect(made).toEqual([]);
  expect(deleted).toContain("Deployment openstack-services/placement-api");
  const data = Object.keys(snapshot(cluster)).filter((object) => object.includes("/placement-"));
  expect(data.every((object) => /^(?:Database|User|Grant|Connection) /.test(object))).toBe(true);
  expect(data.some((object) => object.startsWith("Database "))).toBe(true);
});

/** Commits what was edited and waits until all of it is applied and ready. */
async function deliver(seconds?: number): Promise<void> {
  const commit = fleet.push();
  reconcile(cluster);
  await synced(cluster, commit, seconds);
}
