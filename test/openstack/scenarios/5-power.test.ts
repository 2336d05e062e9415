import { test } from "vitest";
import { readyNodes } from "../../cluster/nodes.ts";
import { list } from "../../cluster/observe.ts";
import { until } from "../../cluster/processes.ts";
import { file } from "../cloud.ts";
import { galeraSize, namespace } from "../infrastructure.ts";
import { seeKept } from "../kept.ts";
import { apis, messages, seenOf } from "../requests.ts";
import { during, scenario } from "../scenario.ts";
import { whole } from "../whole.ts";

/* All hosts lose power at the same moment, while users and services are at work. Disks keep what was synced, nothing else. */
const current = scenario("All hosts lose power", { load: true });

/** Whether the database has this many members that are ready, all of them in one cluster that knows its position. */
async function database(members: number): Promise<boolean> {
  const { cluster } = current().cloud;
  const sets = await list(cluster, "statefulsets");
  const { spec, status } = sets.find(({ metadata }) => metadata.name === "mariadb")!;
  if (spec?.replicas !== members || status?.readyReplicas !== members || status.updatedReplicas !== members)
    return false;
  return Array.from({ length: members }, (_, index) => galeraSize(cluster, `mariadb-${index}`)).every(
    (size) => size === members,
  );
}

/** Members whose saved state names no cluster: such a member cannot give a new one what it needs. */
function withoutIdentity(members: number): string[] {
  const { cluster } = current().cloud;
  return Array.from({ length: members }, (_, index) => `mariadb-${index}`).filter((pod) => {
    const state = cluster.kubectl(
      ...["-n", namespace, "exec", pod, "-c", "mariadb", "--"],
      ...["cat", "/var/lib/mysql/grastate.dat"],
    );
    return !/^uuid: +(?!0{8}-)[0-9a-f-]{36}$/m.test(state);
  });
}

test("all hosts lose power, and everything comes back without a hand", async () => {
  const { cloud, load, proof } = current();
  const { cluster } = cloud;
  const what = "all hosts lose power";
  const from = Date.now() / 1000;
  for (const host of cluster.hosts) host.unplug();
  await Promise.all(cluster.hosts.map((host) => host.turnOff()));
  const none = async () => (await readyNodes(cluster)).length === 0;
  await until("no node Ready", none, { seconds: 120, processes: cluster.processes });

  const on = Date.now() / 1000;
  await Promise.all(cluster.hosts.map((host) => host.turnOn()));
  const served = () => {
    const answered = load.requests().filter(({ at, error }) => at > on && error === null);
    return [...apis, ...messages].every((kind) => answered.some(({ what }) => what === kind));
  };
  await until("requests of each kind are answered", served, { seconds: 900, processes: cluster.processes });
  proof.limit(`${what}: from power until each kind of request was answered`, Date.now() / 1000 - on, 600);

  await until("every member and replica", () => whole(cluster), { seconds: 900, processes: cluster.processes });
  proof.limit(`${what}: from power until every member and replica is there`, Date.now() / 1000 - on, 900);
  const anonymous = withoutIdentity(3);
  proof.see({
    what: `${what}: members of the database that lost their identity`,
    expected: "none",
    seen: anonymous.join(", ") || "none",
    holds: anonymous.length === 0,
  });
  const calm = () => {
    const now = Date.now() / 1000;
    const recent = seenOf(load.requests(), now - 32, now);
    return recent.of().failed === 0 && recent.of("project").all > 0;
  };
  await until("half a minute in which nothing fails", calm, { seconds: 400, processes: cluster.processes });
  const before = seenOf(load.requests(), from - 60, from).of("project", "upload", "notification");
  proof.see({
    what: `${what}: requests and notifications in the minute before`,
    expected: "some",
    seen: String(before.all),
    holds: before.all > 0,
  });
});

test("nothing that was acknowledged is lost", () => seeKept(current(), ["mariadb-0", "mariadb-1", "mariadb-2"]));

for (const [members, was] of [
  [5, 3],
  [3, 5],
] as const) {
  test(`after that, Galera goes from ${was} members to ${members}`, async () => {
    const { cloud, proof } = current();
    const what = `after the power cut: Galera from ${was} to ${members}, one line`;
    const seen = await during(current(), what, async () => {
      if (members === 5) cloud.fleet.edit(file, "mariadb: {", "mariadb: { replicas: 5,");
      else cloud.fleet.edit(file, "mariadb: { replicas: 5,", "mariadb: {");
      await cloud.deliver();
      const there = () => database(members);
      await until(`${members} members`, there, { seconds: 600, processes: cloud.cluster.processes });
      return { expected: `${members} members`, seen: `${galeraSize(cloud.cluster)} members` };
    });
    proof.part(`${what}: requests of users`, seen, apis, 10);
    proof.none(`${what}: calls and notifications`, seen, messages);
  });
}
