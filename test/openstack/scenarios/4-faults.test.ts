import { test } from "vitest";
import { compare, stepsOf } from "../../cluster/flux.ts";
import { until } from "../../cluster/processes.ts";
import { file } from "../cloud.ts";
import { hostOf, killContainer, queuesOf, writerOf } from "../infrastructure.ts";
import { seeKept } from "../kept.ts";
import { apis, messages, type Seen, seenOf } from "../requests.ts";
import { scenario } from "../scenario.ts";
import { allReady, whole } from "../whole.ts";

/* What breaks while users and services are at work: none of them tries again. */
const current = scenario("Faults under load", { load: true });

interface Event extends Seen {
  /** When a host, member or replica was last seen to be missing: seconds since 1970. */
  readonly missing: number;
}

/** Does something, and waits until nothing has failed for half a minute, which is as long as one request may take. */
async function after(cause: () => void | Promise<void>, lost: readonly string[] = []): Promise<Event> {
  const { cloud, load } = current();
  const from = Date.now() / 1000;
  let missing = from;
  await cause();
  const calm = async () => {
    const now = Date.now() / 1000;
    if (!(await allReady(cloud.cluster))) missing = now;
    const recent = seenOf(load.requests(), now - 32, now, lost);
    return now - from > 60 && recent.of().failed === 0 && recent.of("project").all > 0;
  };
  await until("half a minute in which nothing fails", calm, { seconds: 400, processes: cloud.cluster.processes });
  return { ...seenOf(load.requests(), from, Date.now() / 1000, lost), missing };
}

/** Waits until every host, member and replica is there again, and notes how long that took from the event. */
async function wholeAgain(what: string, { from, missing }: Event): Promise<void> {
  const {
    cloud: { cluster },
    proof,
  } = current();
  let looks = 0;
  const all = () => {
    looks += 1;
    return whole(cluster);
  };
  await until("all members", all, { seconds: 400, processes: cluster.processes });
  const again = looks === 1 ? missing : Date.now() / 1000;
  proof.limit(`${what}: until every member and replica is there again`, again - from, 300);
}

test("the writer's process is killed", async () => {
  const { cloud, proof } = current();
  const what = "the process of the database's writer is killed";
  const writer = await writerOf(cloud.cluster);
  const seen = await after(() => killContainer(cloud.cluster, writer, "mariadb"));
  proof.part(`${what}: requests of users`, seen, apis, 10);
  proof.limit(`${what}: no write is acknowledged`, seen.pause("project"), 10);
  proof.limit(`${what}: until the last request that fails is sent`, seen.lastFailure(...apis), 30);
  proof.none(`${what}: calls and notifications`, seen, messages);
  await wholeAgain(what, seen);
});

test("the process of a queue's leader is killed", async () => {
  const { cloud, proof } = current();
  const what = "the process that leads the queue of notifications is killed";
  const queues = queuesOf(cloud.cluster, "rabbitmq-server-0", "notifications");
  const { leader } = queues.find(({ name }) => name === "load-notifications.info")!;
  const seen = await after(() => killContainer(cloud.cluster, leader, "rabbitmq"));
  proof.none(`${what}: requests of users`, seen, apis);
  // Three tries of a notification may all meet a lost broker, and then its sender is told.
  proof.part(`${what}: notifications`, seen, ["notification"], 2);
  proof.part(`${what}: calls`, seen, ["call"], 10);
  proof.limit(`${what}: until the last call that fails is sent`, seen.lastFailure("call"), 30);
  await wholeAgain(what, seen);
});

test("the host of the writer is lost: its link first, then all its processes", async () => {
  const { cloud, proof } = current();
  const { cluster, fleet } = cloud;
  const what = "the writer's host is lost";
  const host = await hostOf(cluster, await writerOf(cluster));
  const lost = [host.name];
  const seen = await after(async () => {
    host.unplug();
    await host.turnOff();
  }, lost);
  proof.part(`${what}: requests of users`, seen, apis, 50);
  proof.limit(`${what}: no write is acknowledged`, seen.pause("project"), 15, "Galera gives it up after 5");
  const stateless = seen.lastFailure("version");
  proof.limit(`${what}: until the last request that fails without needing a database is sent`, stateless, 60);
  proof.part(`${what}: notifications`, seen, ["notification"], 2);
  proof.part(`${what}: calls`, seen, ["call"], 10);
  const call = seen.lastFailure("call");
  proof.limit(`${what}: until the last call that fails is sent`, call, 20, "12 to 16 until a silent connection ends");

  const writer = await writerOf(cluster);
  await compare(cluster);
  const changed = await after(async () => {
    fleet.edit(file, "keystone: {", "keystone: { config: { keystone.conf: { DEFAULT: { max_token_size: 300 } } },");
    await cloud.deliver();
  }, lost);
  const ready = (await stepsOf(cluster)).every((step) => step.ready);
  const still = await writerOf(cluster);
  proof.see({
    what: `${what}: Flux looks at everything again, and a commit to Keystone`,
    expected: `rolled out, ${writer} still writes`,
    seen: `${ready ? "rolled out" : "not rolled out"}, ${still} still writes`,
    holds: ready && still === writer,
  });
  proof.none(`${what}: requests of users during that commit`, changed, apis);

  const back = await after(() => host.turnOn());
  proof.none("the host comes back: requests of users", back, apis);
  proof.part("the host comes back: notifications", back, ["notification"], 2);
  await wholeAgain("the host comes back", back);
});

test("nothing that was acknowledged is lost", async () => {
  const { cloud, proof } = current();
  await seeKept(current(), ["mariadb-0"]);
  const waiting = () => {
    const queues = queuesOf(cloud.cluster, "rabbitmq-server-0", "notifications");
    return queues.find(({ name }) => name === "load-notifications.info")!.messages;
  };
  // The load goes on: one may be on its way. One that nobody takes is there at every look.
  const empty = await until("an empty queue", () => waiting() === 0, { seconds: 60 }).catch(() => false);
  const what = "notifications that still wait, in a minute of looks";
  proof.see({ what, expected: "0 at one", seen: empty ? "0 at one" : `${waiting()} at the last`, holds: empty });
});
