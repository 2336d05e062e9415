import { test } from "vitest";
import { failing, reconcile } from "../../cluster/flux.ts";
import { until } from "../../cluster/processes.ts";
import { file } from "../cloud.ts";
import { galeraSize, queuesOf, rabbitmq, sql } from "../infrastructure.ts";
import { acknowledgedOf, seenOf } from "../requests.ts";
import { scenario } from "../scenario.ts";

/* What an operator changes in Git, while users and services are at work. */
const current = scenario("Changes under load", { load: true, spoils: true });

/** Notes what became of the requests during a change. */
async function during(what: string, change: () => Promise<{ expected: string; seen: string }>): Promise<void> {
  const { load, proof } = current();
  const from = Date.now() / 1000;
  const { expected, seen } = await change();
  const to = Date.now() / 1000;
  proof.see({ what, expected, seen, seconds: to - from, holds: seen === expected });
  const requests = seenOf(load.requests(), from, to);
  const holds = requests.of().failed === 0;
  proof.see({
    what: `${what}: failed requests and messages`,
    expected: "none",
    seen: holds ? `none of ${requests.of().all}` : `${requests.counts} (${requests.errors})`,
    holds,
  });
}

test("Galera grows from three members to five", () =>
  during("Galera from 3 to 5, one line", async () => {
    const { fleet, cluster, deliver } = current().cloud;
    fleet.edit(file, "mariadb: {", "mariadb: { replicas: 5,");
    await deliver();
    const five = () => galeraSize(cluster) === 5;
    await until("five members", five, { seconds: 600, processes: cluster.processes });
    return { expected: "5 members", seen: `${galeraSize(cluster)} members` };
  }));

test("Glance gets a broker of its own, in the namespace of the other one", () =>
  during("a second RabbitMQ for Glance alone, one line and the consent to it", async () => {
    const { fleet, cluster, deliver } = current().cloud;
    fleet.edit(file, "glance: {", "glance: { dedicated: [messaging],");
    fleet.append(file, `consent: [{ change: move-messaging/glance, reason: "they may wait in the old one" }]\n`);
    await deliver();
    const members = rabbitmq(cluster, "rabbitmq-glance-server-0", "cluster_status").running_nodes.length;
    // Glance says on its new broker what users do.
    const heard = () =>
      queuesOf(cluster, "rabbitmq-glance-server-0", "glance").some(
        ({ name, messages }) => /^notifications/.test(name) && messages > 0,
      );
    await until("a notification of Glance", heard, { seconds: 60, processes: cluster.processes });
    return {
      expected: "3 members, and Glance's notifications",
      seen: `${members} members, and Glance's notifications`,
    };
  }));

test("a commit that the API refuses stops its own step, and the cloud goes on", () =>
  during("a commit that the API refuses", async () => {
    const { fleet, cluster, deliver } = current().cloud;
    const patch = `{ target: { kind: Deployment, name: placement-api }, ops: [{ op: replace, path: /spec/strategy/type, value: Sometimes }] }`;
    fleet.edit(file, "placement: {", `placement: { patches: [${patch}],`);
    fleet.push();
    reconcile(cluster);
    const { name } = await until("the failure", () => failing(cluster, "proof-placement-run"), { seconds: 300 });
    fleet.edit(file, ` patches: [${patch}],`, "");
    await deliver();
    return {
      expected: "proof-placement-run fails, the next commit heals it",
      seen: `${name} fails, the next commit heals it`,
    };
  }));

test("nothing that was acknowledged is lost", () => {
  const { cloud, load, proof } = current();
  const there = new Set(sql(cloud.cluster, "SELECT name FROM keystone.project"));
  proof.kept("acknowledged projects", acknowledgedOf(load.requests(), "project"), there);
});
