import { afterAll, beforeAll, expect, test } from "vitest";
import { failing, reconcile } from "../cluster/flux.ts";
import { until } from "../cluster/processes.ts";
import { type Client, startClient } from "./client.ts";
import { type Cloud, file, startCloud } from "./cloud.ts";
import { type Proof, proofOf } from "./proof.ts";
import { countOf, type Request, startWork } from "./work.ts";

/* What an operator changes in Git, while users work. */
let cloud: Cloud;
let client: Client;
let requests: () => Request[];
let proof: Proof;
beforeAll(async () => {
  cloud = await startCloud();
  client = await startClient(cloud.cluster);
  requests = await startWork(client);
  proof = proofOf("Changes under load", cloud.versions());
});
afterAll(async () => {
  proof?.write();
  await cloud?.cluster.stop();
});

/** Notes what became of the requests during a change. */
async function during(what: string, change: () => Promise<{ expected: string; seen: string }>): Promise<void> {
  const before = requests().length;
  const began = performance.now();
  const { expected, seen } = await change();
  const seconds = (performance.now() - began) / 1000;
  proof.see({ what, expected, seen, seconds, holds: seen === expected });
  const asked = requests().slice(before);
  const failed = asked.filter(({ failed }) => failed).length;
  proof.see({ what: `${what}: requests`, expected: "none fails", seen: countOf(asked), holds: failed === 0 });
}

const sql = (query: string) =>
  cloud.cluster
    .kubectl(
      ...["-n", "openstack-infrastructure", "exec", "mariadb-0", "-c", "mariadb", "--"],
      ...["sh", "-c", `mariadb -u root -p"$MARIADB_ROOT_PASSWORD" -N -B -e "${query}"`],
    )
    .trim();

test("Galera grows from three members to five", () =>
  during("Galera from 3 to 5, one line", async () => {
    cloud.fleet.edit(file, "mariadb: {", "mariadb: { replicas: 5,");
    await cloud.deliver();
    const size = () => sql("SHOW STATUS LIKE 'wsrep_cluster_size'").split(/\s+/).at(-1);
    await until("five members", () => size() === "5", { seconds: 600, processes: cloud.cluster.processes });
    return { expected: "5 members", seen: `${size()} members` };
  }));

test("a commit that the API refuses stops its own step, and the cloud goes on", () =>
  during("a commit that the API refuses", async () => {
    const patch = `{ target: { kind: Deployment, name: placement-api }, ops: [{ op: replace, path: /spec/strategy/type, value: Sometimes }] }`;
    cloud.fleet.edit(file, "placement: {", `placement: { patches: [${patch}],`);
    cloud.fleet.push();
    reconcile(cloud.cluster);
    const { name } = await until("the failure", () => failing(cloud.cluster, "proof-placement-run"), { seconds: 300 });
    cloud.fleet.edit(file, ` patches: [${patch}],`, "");
    await cloud.deliver();
    return {
      expected: "proof-placement-run fails, the next commit heals it",
      seen: `${name} fails, the next commit heals it`,
    };
  }));

test("nothing that was acknowledged is lost", () => {
  const acknowledged = requests().flatMap(({ failed, name }) => (failed || name === "-" ? [] : [name]));
  const there = new Set(sql("SELECT name FROM keystone.project").split("\n"));
  const lost = acknowledged.filter((name) => !there.has(name));
  expect(acknowledged.length).toBeGreaterThan(10);
  proof.see({
    what: `${acknowledged.length} acknowledged projects`,
    expected: "0 lost",
    seen: `${lost.length} lost`,
    holds: lost.length === 0,
  });
});
