import { randomBytes } from "node:crypto";
import { test } from "vitest";
import { failing, reconcile } from "../../cluster/flux.ts";
import { list } from "../../cluster/observe.ts";
import { until } from "../../cluster/processes.ts";
import { file } from "../cloud.ts";
import { galeraSize, namespace, queuesOf, rabbitmq, replacePod, sql } from "../infrastructure.ts";
import { seeKept } from "../kept.ts";
import { apis, messages } from "../requests.ts";
import { during, scenario } from "../scenario.ts";

/* What an operator changes in Git, while users and services are at work. */
const current = scenario("Changes under load", { load: true, spoils: true });

test("Galera grows from three members to five", async () => {
  const { cloud, proof } = current();
  const { fleet, cluster, deliver } = cloud;
  const what = "Galera from 3 to 5, one line";
  const seen = await during(current(), what, async () => {
    fleet.edit(file, "mariadb: {", "mariadb: { replicas: 5,");
    await deliver();
    // Each member is told of the new ones by a restart, the writer last; Flux does not wait for all of them.
    const renewed = async () => {
      const sets = await list(cluster, "statefulsets");
      const { status } = sets.find(({ metadata }) => metadata.name === "mariadb")!;
      return status?.updatedReplicas === 5 && status.readyReplicas === 5;
    };
    await until("five renewed members", renewed, { seconds: 600, processes: cluster.processes });
    return { expected: "5 members", seen: `${galeraSize(cluster)} members` };
  });
  proof.part(`${what}: requests of users`, seen, apis, 10);
  proof.limit(`${what}: no write is acknowledged`, seen.pause("project"), 10, "the writer is restarted too");
  proof.none(`${what}: calls and notifications`, seen, messages);
});

test("Glance gets a broker of its own, in the namespace of the other one", async () => {
  const { cloud, proof } = current();
  const { fleet, cluster, deliver } = cloud;
  const what = "a second RabbitMQ for Glance alone, one line and the consent to it";
  const seen = await during(current(), what, async () => {
    fleet.edit(file, "  glance: {", "  glance: { uses: { messaging: rabbitmq-glance },");
    fleet.edit(file, "infrastructure:", "infrastructure:\n  rabbitmq-glance: {}");
    fleet.append(file, `consent: [{ change: move-messaging/glance, reason: "they may wait in the old one" }]\n`);
    await deliver();
    const members = rabbitmq(cluster, "rabbitmq-glance-server-0", "cluster_status").running_nodes.length;
    // Glance says on its new broker what users do.
    const heard = () =>
      queuesOf(cluster, "rabbitmq-glance-server-0", "notifications").some(
        ({ name, messages: waiting }) => /^notifications/.test(name) && waiting > 0,
      );
    await until("a notification of Glance", heard, { seconds: 60, processes: cluster.processes });
    return {
      expected: "3 members, and Glance's notifications",
      seen: `${members} members, and Glance's notifications`,
    };
  });
  proof.none(`${what}: requests and messages`, seen, [...apis, ...messages]);
});

test("Glance's database user rotates in three commits", async () => {
  const { cloud, proof } = current();
  const { fleet, cluster, deliver } = cloud;
  const what = "Glance gets another database user and password, three commits";
  const users = () => sql(cluster, "SELECT User FROM mysql.user WHERE User LIKE 'glance%'");
  const [before] = users();
  const seen = await during(current(), what, async () => {
    for (const step of ["prepare", "switch", "finish"]) {
      fleet.overstack("secrets", "rotate", "proof", "glance", "database");
      if (step === "finish")
        fleet.git("rm", "--quiet", "overlays/proof/secrets/openstack-services/glance-database.yaml");
      await deliver();
    }
    const one = () => users().length === 1;
    await until("the end of the old user", one, { seconds: 60, processes: cluster.processes });
    return {
      expected: "another user, the old one is gone",
      seen: users()[0] === before ? "the same user" : "another user, the old one is gone",
    };
  });
  proof.none(`${what}: requests and messages`, seen, [...apis, ...messages]);
});

test("a commit that the API refuses stops its own step, and the cloud goes on", async () => {
  const { cloud, proof } = current();
  const { fleet, cluster, deliver } = cloud;
  const what = "a commit that the API refuses";
  const seen = await during(current(), what, async () => {
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
  });
  proof.none(`${what}: requests and messages`, seen, [...apis, ...messages]);
});

test("the password of the database's root rotates, as docs/secrets.md says", async () => {
  const { cloud, proof } = current();
  const { fleet, cluster } = cloud;
  const { kubectl, processes } = cluster;
  const what = "another password of the database's root, and the restart of its members";
  const password = randomBytes(24).toString("hex");
  const secret = () => kubectl("-n", namespace, "get", "secret", "mariadb-root", "-o", "jsonpath={.data.password}");
  const seen = await during(current(), what, async () => {
    fleet.pipe(`${password}\n`, "secrets", "set", "proof", `${namespace}/mariadb-root`, "password");
    await cloud.deliver();
    const arrived = () => Buffer.from(secret(), "base64").toString() === password;
    await until("the Secret", arrived, { seconds: 120, processes });
    // In one session: the pod knows the old password alone.
    const both = `mysql_native_password USING PASSWORD('${password}') OR mysql_native_password USING PASSWORD('$MARIADB_ROOT_PASSWORD')`;
    const alter = (way: string) =>
      sql(
        cluster,
        ["localhost", "%"].map((host) => `ALTER USER IF EXISTS 'root'@'${host}' IDENTIFIED ${way}`).join("; "),
      );
    alter(`VIA ${both}`);
    for (const index of [4, 3, 2, 1, 0]) await replacePod(cluster, `mariadb-${index}`);
    alter("BY '$MARIADB_ROOT_PASSWORD'");
    return { expected: "5 members", seen: `${galeraSize(cluster)} members` };
  });
  proof.part(`${what}: requests of users`, seen, apis, 10);
  proof.limit(`${what}: no write is acknowledged`, seen.pause("project"), 30, "the writer restarts");
  proof.none(`${what}: calls and notifications`, seen, messages);
});

test("nothing that was acknowledged is lost", () =>
  seeKept(
    current(),
    [0, 1, 2, 3, 4].map((index) => `mariadb-${index}`),
  ));
