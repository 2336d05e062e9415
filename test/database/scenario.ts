import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../cluster/processes.ts";
import { addressOf, outside, prepare, type Running, startPod } from "../coordination/lab.ts";
import { isReadyByPort, type Service, startService } from "../coordination/service.ts";
import { makeDisk } from "./disks.ts";
import { answerNames } from "./dns.ts";
import { type Amount, loadTables, now, type Seen, startLoad, summary } from "./load.ts";
import { generate, type Start } from "./members.ts";
import { serversRoot } from "./programs.ts";
import { conflicts, differences, sentence } from "./report.ts";

/** Members and proxies that run, and a service that writes all the time. */
export interface Database {
  readonly members: ReadonlyMap<number, Running>;
  readonly proxies: ReadonlyMap<number, Running>;
  /** Does something, waits some seconds, and prints what clients saw, which docs/when-a-host-dies.md is written from. */
  seen(what: string, seconds: number, cause: () => unknown): Promise<Seen>;
  /** Does something while clients write more than they usually do. */
  whileBusy(amount: Amount, cause: () => Promise<void>): Promise<void>;
  /** Ends the load, and compares what was acknowledged with what each member has; each difference is a line. */
  lost(): Promise<string[]>;
  /** Rows of a statement at a member, as root. */
  sql(index: number, statement: string): Promise<string[]>;
  /** Number of the member that proxies say is written to; throws while they do not agree. */
  writer(): Promise<number>;
  /** A number from the status of a member. */
  status(index: number, name: string): Promise<number>;
  /** Starts a member again, and waits until it has all that the others have. */
  start(index: number, how?: Start): Promise<void>;
  isSynced(index: number): Promise<boolean>;
  stop(): Promise<void>;
}

/** Eight clients write ten rows a second each. */
const usual: Amount = { threads: 8, bytes: 0, first: 0 };
const domain = "openstack-infrastructure.svc.cluster.local";

/** Three members and two proxies. */
export async function startDatabase(): Promise<Database> {
  const generated = generate();
  await prepare("mariadb", {
    files: serversRoot(),
    services: [generated.service],
    names: ["mariadb", "mariadb-primary", "*.mariadb-internal"],
  });
  const names = await answerNames(outside, (name) =>
    // What the operator calls its primary is the first member here, and stays it.
    addressOf(name === `mariadb-primary.${domain}` ? generated.member(0).host : name),
  );
  const members = new Map<number, Running>();
  const proxies = new Map<number, Running>();
  const sql: Database["sql"] = async (index, statement) => {
    const client = ["mariadb", "--no-defaults", "--socket=/tmp/mysqld.sock", "--user=root"];
    const { code, stdout, stderr } = await members
      .get(index)!
      .exec("mariadb", ["timeout", "20", ...client, "--batch", "--skip-column-names", `--execute=${statement}`]);
    if (code !== 0) throw new Error(stderr);
    return stdout.split("\n").filter((line) => line !== "");
  };
  const isSynced: Database["isSynced"] = (index) =>
    sql(index, "SHOW STATUS LIKE 'wsrep_local_state'").then(
      ([row]) => row === "wsrep_local_state\t4",
      () => false,
    );
  for (const index of [0, 1, 2]) makeDisk(generated.member(index));
  const start = async (index: number, how: Start = {}) => {
    members.set(index, startPod(generated.member(index, how)));
    await until(`member ${index}`, () => isSynced(index), { seconds: 120 });
  };
  for (const index of [0, 1, 2]) await start(index, { founds: index === 0 });
  await sql(0, `${generated.statements}; ${loadTables}`);
  for (const index of [0, 1]) proxies.set(index, startPod(generated.proxy(index)));
  const written = async (index: number) => {
    const { stdout } = await proxies
      .get(index)!
      .exec("watch", ["bash", "-c", "exec 3<> /dev/tcp/127.0.0.1/9999; echo show servers state database >&3; cat <&3"]);
    const ready = stdout.split("\n").flatMap((line) => {
      const [, backend, , name, , state] = line.split(" ");
      return backend === "database" && state === "2" ? [Number(name!.slice("mariadb-".length))] : [];
    });
    if (ready.length !== 1) throw new Error(`proxy ${index} writes to ${ready.length} members`);
    return ready[0]!;
  };
  const writer = async () => {
    const said = new Set(await Promise.all([...proxies.keys()].map(written)));
    if (said.size !== 1) throw new Error("proxies do not agree");
    return [...said][0]!;
  };
  await until("a writer", () => writer().then((index) => index === 0), { seconds: 60 });
  const service: Service = startService([3306], proxies, isReadyByPort(8404));
  await until("proxies behind one name", () => service.ready().length === 2);
  const loads = [await startLoad(generated, usual)];
  const status: Database["status"] = async (index, name) =>
    Number((await sql(index, `SHOW STATUS LIKE '${name}'`))[0]!.split("\t")[1]);
  const requests = () => loads.flatMap((load) => load.requests);
  const stopLoad = () => {
    for (const load of loads) load.stop();
  };
  return {
    ...{ members, proxies, sql, status, writer, start, isSynced },
    seen: async (what, seconds, cause) => {
      const [began, before] = [now(), await conflicts([...members.keys()], status)];
      await cause();
      await sleep(seconds * 1000);
      const found = summary(requests(), began);
      console.log(`${what}: ${sentence(found, before, await conflicts([...members.keys()], status))}`);
      return found;
    },
    whileBusy: async (amount, cause) => {
      const load = await startLoad(generated, amount);
      loads.push(load);
      await cause().finally(() => load.stop());
    },
    lost: async () => {
      stopLoad();
      await until("all members", async () => (await Promise.all([...members.keys()].map(isSynced))).every(Boolean));
      return differences(requests(), [...members.keys()], sql);
    },
    stop: async () => {
      stopLoad();
      service.close();
      names.close();
      for (const running of [...proxies.values(), ...members.values()]) await running.kill();
    },
  };
}
