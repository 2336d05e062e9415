import { setTimeout as sleep } from "node:timers/promises";
import { test } from "vitest";
import { reconcile, stepsOf } from "../../cluster/flux.ts";
import { readyNodes } from "../../cluster/nodes.ts";
import { list } from "../../cluster/observe.ts";
import { until } from "../../cluster/processes.ts";
import { file } from "../cloud.ts";
import { galeraSize, hostOf, killContainer, queuesOf, rabbitmq, sql, writerOf } from "../infrastructure.ts";
import { acknowledgedOf, type Seen, seenOf } from "../requests.ts";
import { scenario } from "../scenario.ts";

/* What breaks while users and services are at work: none of them tries again. */
const current = scenario("Faults under load", { load: true });
const apis = ["version", "token", "project", "image", "upload"] as const;
const messages = ["call", "notification"] as const;

/** Does something, and waits until nothing has failed for half a minute, which is as long as one request may take. */
async function after(cause: () => void | Promise<void>, lost: readonly string[] = []): Promise<Seen> {
  const { cloud, load } = current();
  const from = Date.now() / 1000;
  await cause();
  const calm = () => {
    const now = Date.now() / 1000;
    const recent = seenOf(load.requests(), now - 32, now, lost);
    return now - from > 60 && recent.of().failed === 0 && recent.of("project").all > 0;
  };
  await until("half a minute in which nothing fails", calm, { seconds: 400, processes: cloud.cluster.processes });
  return seenOf(load.requests(), from, Date.now() / 1000, lost);
}

/** Notes a time in seconds that has a limit. */
function limit(what: string, seconds: number, most: number, because = ""): void {
  const expected = `at most ${most} s${because}`;
  current().proof.see({ what, expected, seen: `${seconds.toFixed(0)} s`, seconds, holds: seconds <= most });
}

/** Notes what failed where nothing may. */
function none(what: string, seen: Seen, kinds: readonly (typeof apis | typeof messages)[number][]): void {
  const { all, failed } = seen.of(...kinds);
  const sentence = failed === 0 ? `none of ${all}` : `${seen.counts} (${seen.errors})`;
  current().proof.see({ what, expected: "none fails", seen: sentence, holds: failed === 0 });
}

/** Notes what failed of notifications: three retries may all meet a lost broker, and then the sender is told. */
function few(what: string, seen: Seen): void {
  const { all, failed } = seen.of("notification");
  const expected = "at most one in fifty is not acknowledged";
  current().proof.see({ what, expected, seen: `${failed} of ${all}`, holds: failed * 50 <= all });
}

/** Waits until every host, member and replica is there again, and notes how long that took from the event. */
async function whole(what: string, { from }: Seen): Promise<void> {
  const { cluster } = current().cloud;
  const ready = (plural: string) =>
    list(cluster, plural).every(({ spec, status = {} }) => (status.readyReplicas ?? 0) === spec?.replicas);
  const all = () =>
    readyNodes(cluster).length === 3 &&
    ready("statefulsets") &&
    ready("deployments") &&
    galeraSize(cluster) === 3 &&
    rabbitmq(cluster, "rabbitmq-server-0", "cluster_status").running_nodes.length === 3;
  await until("all members", all, { seconds: 400, processes: cluster.processes });
  limit(`${what}: until every member and replica is there again`, Date.now() / 1000 - from, 300);
}

test("the writer's process is killed", async () => {
  const { cloud, proof } = current();
  const what = "the process of the database's writer is killed";
  const writer = writerOf(cloud.cluster);
  const seen = await after(() => killContainer(cloud.cluster, writer, "mariadb"));
  proof.see({ what: `${what}: failed requests`, expected: "noted", seen: seen.counts, holds: true });
  limit(`${what}: no write is acknowledged`, seen.pause("project"), 30);
  limit(`${what}: until the last request that fails is sent`, seen.lastFailure(...apis), 30);
  none(`${what}: calls and notifications`, seen, messages);
  await whole(what, seen);
});

test("the process of a queue's leader is killed", async () => {
  const { cloud, proof } = current();
  const what = "the process that leads the queue of notifications is killed";
  const queues = queuesOf(cloud.cluster, "rabbitmq-server-0", "glance");
  const { leader } = queues.find(({ name }) => name === "load-notifications.info")!;
  const seen = await after(() => killContainer(cloud.cluster, leader, "rabbitmq"));
  proof.see({ what: `${what}: failed requests`, expected: "noted", seen: seen.counts, holds: true });
  none(`${what}: requests of users`, seen, apis);
  few(`${what}: notifications`, seen);
  limit(`${what}: until the last call that fails is sent`, seen.lastFailure("call"), 30);
  await whole(what, seen);
});

test("the host of the writer is lost: its link first, then all its processes", async () => {
  const { cloud, proof } = current();
  const { cluster, fleet } = cloud;
  const what = "the writer's host is lost";
  const host = hostOf(cluster, writerOf(cluster));
  const lost = [host.name];
  const seen = await after(async () => {
    host.unplug();
    await host.turnOff();
  }, lost);
  proof.see({ what: `${what}: failed requests`, expected: "noted", seen: seen.counts, holds: true });
  limit(`${what}: no write is acknowledged`, seen.pause("project"), 90, ", Kubernetes notices after 50");
  limit(
    `${what}: until the last request that fails without needing a database is sent`,
    seen.lastFailure("version"),
    60,
  );
  limit(`${what}: until the last call that fails is sent`, seen.lastFailure("call"), 90, ", three heartbeats of 30");
  few(`${what}: notifications`, seen);

  const writer = writerOf(cluster);
  reconcile(cluster, "kustomizations");
  await sleep(15_000);
  const changed = await after(async () => {
    fleet.edit(file, "keystone: {", "keystone: { config: { keystone.conf: { DEFAULT: { max_token_size: 300 } } },");
    await cloud.deliver();
  }, lost);
  const ready = stepsOf(cluster).every((step) => step.ready);
  proof.see({
    what: `${what}: Flux looks at everything again, and a commit to Keystone`,
    expected: `rolled out, ${writer} still writes`,
    seen: `${ready ? "rolled out" : "not rolled out"}, ${writerOf(cluster)} still writes`,
    holds: ready && writerOf(cluster) === writer,
  });
  none(`${what}: requests during that commit`, changed, apis);

  const back = await after(() => host.turnOn());
  none("the host comes back: requests of users", back, apis);
  few("the host comes back: notifications", back);
  await whole("the host comes back", back);
});

test("nothing that was acknowledged is lost", async () => {
  const { cloud, load, proof } = current();
  const made = load.requests();
  const notifications = acknowledgedOf(made, "notification");
  const projects = new Set(sql(cloud.cluster, "SELECT name FROM keystone.project"));
  proof.kept("acknowledged projects", acknowledgedOf(made, "project"), projects);
  const images = new Set(sql(cloud.cluster, "SELECT id FROM glance.images WHERE status = 'active'"));
  proof.kept("acknowledged images", acknowledgedOf(made, "upload"), images);
  const all = () => notifications.every((name) => load.received().has(name));
  await until("the last notification", all, { seconds: 60 }).catch(() => {});
  proof.kept("acknowledged notifications", notifications, load.received());
  const queues = queuesOf(cloud.cluster, "rabbitmq-server-0", "glance");
  const waiting = queues.find(({ name }) => name === "load-notifications.info")?.messages;
  proof.see({ what: "notifications that still wait", expected: "0", seen: String(waiting), holds: waiting === 0 });
});
