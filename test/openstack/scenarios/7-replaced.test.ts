import { test } from "vitest";
import { readyNodes } from "../../cluster/nodes.ts";
import { list } from "../../cluster/observe.ts";
import { until } from "../../cluster/processes.ts";
import { hostOf, namespace, queuesOf, writerOf } from "../infrastructure.ts";
import { seeKept } from "../kept.ts";
import { apis, messages, seenOf } from "../requests.ts";
import { scenario } from "../scenario.ts";
import { allReady, whole } from "../whole.ts";

/* A host that never comes back, with what docs/when-a-host-dies.md tells people to do. */
const current = scenario("A lost host is given up", { load: true, spoils: true });

/** Waits until nothing has failed for this many seconds but requests from the lost host. */
async function calm(seconds: number, lost: readonly string[]): Promise<void> {
  const { cloud, load } = current();
  const began = Date.now() / 1000;
  const look = () => {
    const now = Date.now() / 1000;
    return now - began > seconds && seenOf(load.requests(), now - seconds, now, lost).of().failed === 0;
  };
  await until(`${seconds} s in which nothing fails`, look, { seconds: 300, processes: cloud.cluster.processes });
}

test("a host is lost for good, and its members start elsewhere", async () => {
  const { cloud, load, proof } = current();
  const { cluster } = cloud;
  const { kubectl, processes } = cluster;
  const writer = await hostOf(cluster, await writerOf(cluster));
  const host = cluster.hosts.find(({ name }) => name !== writer.name)!;
  const lost = [host.name];
  const names = ["mariadb", "rabbitmq-server"].flatMap((set) => [0, 1, 2].map((index) => `${set}-${index}`));
  const places = await Promise.all(names.map(async (name) => ({ name, at: (await hostOf(cluster, name)).name })));
  const members = places.filter(({ at }) => at === host.name).map(({ name }) => name);
  host.unplug();
  await host.turnOff();
  const noticed = async () => (await readyNodes(cluster)).length === 2;
  await until("the lost host is NotReady", noticed, { seconds: 120, processes });
  await calm(32, lost);

  const what = `a lost host is given up, with ${members.join(" and ")}`;
  const from = Date.now() / 1000;
  kubectl("taint", "nodes", host.name, "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
  const gone = async () => {
    const pods = await list(cluster, "pods");
    return !pods.some(({ spec, metadata }) => spec?.nodeName === host.name && members.includes(metadata.name));
  };
  await until("the end of its members' pods", gone, { seconds: 120, processes });
  for (const member of members) {
    if (member.startsWith("rabbitmq")) {
      const other = names.find((name) => name.startsWith("rabbitmq") && !members.includes(name))!;
      const node = `rabbit@${member}.rabbitmq-nodes.${namespace}`;
      kubectl(
        ...["-n", namespace, "exec", other, "-c", "rabbitmq", "--"],
        ...["rabbitmqctl", "forget_cluster_node", node],
      );
    }
    const [claim] = (await list(cluster, "persistentvolumeclaims"))
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.endsWith(`-${member}`));
    kubectl("-n", namespace, "delete", "persistentvolumeclaim", claim!);
  }
  await until("all members and replicas on two hosts", () => whole(cluster, 2), { seconds: 600, processes });
  proof.limit(`${what}: until every member and replica is there, on two hosts`, Date.now() / 1000 - from, 300);
  const replicas = () =>
    queuesOf(cluster, "rabbitmq-server-0", "notifications").every(({ members: { length } }) => length === 3);
  await until("three replicas of each queue", replicas, { seconds: 300, processes }).catch(() => {});
  proof.see({
    what: `${what}: replicas of each queue of notifications`,
    expected: "3",
    seen: [
      ...new Set(queuesOf(cluster, "rabbitmq-server-0", "notifications").map(({ members: { length } }) => length)),
    ].join(", "),
    holds: replicas(),
  });
  const seen = seenOf(load.requests(), from, Date.now() / 1000, lost);
  proof.none(`${what}: requests and messages`, seen, [...apis, ...messages]);
});

test("the host comes back after all", async () => {
  const { cloud, load, proof } = current();
  const { cluster } = cloud;
  const ready = await readyNodes(cluster);
  const host = cluster.hosts.find(({ name }) => !ready.includes(name))!;
  const from = Date.now() / 1000;
  cluster.kubectl("taint", "nodes", host.name, "node.kubernetes.io/out-of-service-");
  await host.turnOn();
  await until("three hosts", () => allReady(cluster), { seconds: 200, processes: cluster.processes });
  await calm(32, []);
  const seen = seenOf(load.requests(), from, Date.now() / 1000);
  const what = "a host that was given up comes back";
  proof.none(`${what}: requests and messages`, seen, [...apis, ...messages]);
  const still = await whole(cluster);
  proof.see({ what, expected: "3 members of each", seen: still ? "3 members of each" : "fewer", holds: still });
});

test("nothing that was acknowledged is lost", () => seeKept(current(), ["mariadb-0", "mariadb-1", "mariadb-2"]));
