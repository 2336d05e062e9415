import { expect, test } from "vitest";
import { reconcile, stepsOf } from "../../cluster/flux.ts";
import { readyNodes } from "../../cluster/nodes.ts";
import { list } from "../../cluster/observe.ts";
import { until } from "../../cluster/processes.ts";
import { galeraSize, hostOf, killContainer, queuesOf, rabbitmq, sql, writerOf } from "../infrastructure.ts";
import { type Seen, seenOf } from "../requests.ts";
import { scenario } from "../scenario.ts";

/* What breaks while users and services are at work: none of them tries again. */
const current = scenario("Faults under load", { load: true });
const apis = ["version", "token", "project", "image", "upload"] as const;
const messages = ["call", "notification"] as const;

/** Does something, and waits until no request has failed for half a minute, which is as long as one may take. */
async function after(cause: () => void | Promise<void>, lost: readonly string[] = []): Promise<Seen> {
  const { cloud, load } = current();
  const from = Date.now() / 1000;
  await cause();
  const calm = () => {
    const now = Date.now() / 1000;
    const recent = seenOf(load.requests(), now - 32, now, lost);
    return (
      now - from > 60 && recent.of(...apis).failed + recent.of(...messages).failed === 0 && recent.of("project").all > 0
    );
  };
  await until("half a minute in which nothing fails", calm, { seconds: 400, processes: cloud.cluster.processes });
  return seenOf(load.requests(), from, Date.now() / 1000, lost);
}

/** Notes that a figure is within its limits. */
function figure(what: string, seconds: number, [least, most]: readonly [number, number], expected: string): void {
  const holds = seconds >= least && seconds <= most;
  current().proof.see({ what, expected, seen: `${seconds.toFixed(0)} s`, seconds, holds });
}

const whole = () => {
  const { cluster } = current().cloud;
  const ready = (plural: string) =>
    list(cluster, plural).every(({ spec, status = {} }) => (status.readyReplicas ?? 0) === spec?.replicas);
  return (
    readyNodes(cluster).length === 3 &&
    ready("statefulsets") &&
    ready("deployments") &&
    galeraSize(cluster) === 3 &&
    rabbitmq(cluster, "rabbitmq-server-0", "cluster_status").running_nodes.length === 3
  );
};

test("the writer's process is killed", async () => {
  const { cloud, proof } = current();
  const writer = writerOf(cloud.cluster);
  const seen = await after(() => killContainer(cloud.cluster, writer, "mariadb"));
  console.log(
    "writer killed",
    seen.counts,
    seen.errors,
    seen.pause("project"),
    seen.lastFailure(),
    writerOf(cloud.cluster),
  );
  figure("the writer's process killed: no write is acknowledged", seen.pause("project"), [0, 30], "at most 30 s");
  figure(
    "the writer's process killed: until the last failed request",
    seen.lastFailure(...apis),
    [0, 30],
    "at most 30 s",
  );
  const { all, failed } = seen.of(...messages);
  proof.see({
    what: "the writer's process killed: calls and notifications",
    expected: "none fails",
    seen: `${failed} of ${all} failed`,
    holds: failed === 0,
  });
  await until("all members again", whole, { seconds: 300 });
});

test("the process of a queue's leader is killed", async () => {
  const { cloud } = current();
  const queue = queuesOf(cloud.cluster, "rabbitmq-server-0", "glance").find(
    ({ name }) => name === "load-notifications.info",
  )!;
  const seen = await after(() => killContainer(cloud.cluster, queue.leader, "rabbitmq"));
  console.log("leader killed", seen.counts, seen.errors, seen.pause(...messages), seen.lastFailure());
  await until("all members again", whole, { seconds: 300 });
});

test("the host of the writer is lost", async () => {
  const { cloud } = current();
  const writer = writerOf(cloud.cluster);
  const host = hostOf(cloud.cluster, writer);
  const seen = await after(async () => {
    host.unplug();
    await host.turnOff();
  }, [host.name]);
  console.log(
    "host lost",
    seen.counts,
    seen.errors,
    seen.pause("project"),
    seen.lastFailure(),
    seen.lastFailure("version"),
    seen.lastFailure("call"),
    seen.lastFailure("notification"),
  );
  const next = writerOf(cloud.cluster);
  reconcile(cloud.cluster, "kustomizations");
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  console.log(
    next,
    writerOf(cloud.cluster),
    stepsOf(cloud.cluster).filter(({ ready }) => !ready),
  );
  const back = await after(() => host.turnOn());
  console.log("host back", back.counts, back.errors);
  await until("all members again", whole, { seconds: 300 });
});

test("nothing that was acknowledged is lost", async () => {
  const { cloud, load, proof } = current();
  const { cluster } = cloud;
  const acknowledged = (what: string) =>
    load.requests().flatMap(({ what: kind, error, name }) => (kind === what && error === null ? [name!] : []));
  const note = (what: string, names: readonly string[], there: ReadonlySet<string>) => {
    const lost = names.filter((name) => !there.has(name)).length;
    expect(names.length).toBeGreaterThan(10);
    proof.see({
      what: `${names.length} acknowledged ${what}`,
      expected: "0 lost",
      seen: `${lost} lost`,
      holds: lost === 0,
    });
  };
  const projects = acknowledged("project");
  const images = acknowledged("upload");
  const notifications = acknowledged("notification");
  note("projects", projects, new Set(sql(cluster, "SELECT name FROM keystone.project")));
  note("images", images, new Set(sql(cluster, "SELECT id FROM glance.images WHERE status = 'active'")));
  await until("the last notification", () => notifications.every((name) => load.received().has(name)), {
    seconds: 60,
  }).catch(() => {});
  note("notifications", notifications, load.received());
});
