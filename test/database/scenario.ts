import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../cluster/processes.ts";
import { addressOf, caFile, outside, prepare, type Running, startPod } from "../coordination/lab.ts";
import { isReadyByPort, type Service, startService } from "../coordination/service.ts";
import { answerNames } from "./dns.ts";
import { type Generated, generate } from "./members.ts";
import { osloPython, serversRoot } from "./programs.ts";

/** Members and proxies that run, and a service that writes all the time. */
export interface Database {
  readonly members: ReadonlyMap<number, Running>;
  readonly proxies: ReadonlyMap<number, Running>;
  readonly load: Load;
  /** Rows of a statement at a member, as root. */
  sql(index: number, statement: string): Promise<string[]>;
  /** Number of the member that proxies say is written to; throws while they do not agree. */
  writer(): Promise<number>;
  /** Starts a member again, and waits until it has all that the others have. */
  start(index: number): Promise<void>;
  isSynced(index: number): Promise<boolean>;
  stop(): Promise<void>;
}

/** What a client saw of each row that it wrote: seconds since 1970. */
interface Request {
  readonly began: number;
  readonly ended: number;
  readonly row?: number;
  readonly member?: string;
  readonly error?: string;
}
export interface Load {
  /** Longest time without an acknowledged row, requests that failed and their share, since a moment. */
  since(moment: number): { readonly pause: number; readonly failed: readonly Request[]; readonly part: number };
  readonly rows: () => readonly number[];
  stop(): void;
}

const threads = 8;
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
  for (const index of [0, 1, 2]) makeDisk(volumeOf(generated.member(index)));
  const start = async (index: number, founds = false) => {
    members.set(index, startPod(generated.member(index, founds)));
    await until(`member ${index}`, () => isSynced(index), { seconds: 120 });
  };
  for (const index of [0, 1, 2]) await start(index, index === 0);
  await sql(0, `${generated.statements}; CREATE TABLE keystone.kept (number BIGINT PRIMARY KEY)`);
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
  const load = await startLoad(generated);
  return {
    ...{ members, proxies, load, sql, writer, start, isSynced },
    stop: async () => {
      load.stop();
      service.close();
      names.close();
      for (const running of [...proxies.values(), ...members.values()]) await running.kill();
    },
  };
}

async function startLoad({ url, options }: Generated): Promise<Load> {
  const script = `${import.meta.dirname}/load.py`;
  const args = [script, url.replaceAll("/etc/ssl/internal/ca.crt", caFile), JSON.stringify(options), String(threads)];
  const child = spawn(await osloPython(), args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH },
  });
  const requests: Request[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => requests.push(JSON.parse(line) as Request));
  const acknowledged = () => requests.filter(({ error }) => error === undefined);
  await until("a row of each thread", () => acknowledged().length > threads * 3, { seconds: 60 });
  return {
    rows: () => acknowledged().map(({ row }) => row!),
    since: (moment) => {
      const recent = requests.filter(({ ended }) => ended >= moment);
      const failed = recent.filter(({ error }) => error !== undefined);
      const ends = [moment, ...recent.flatMap(({ error, ended }) => (error === undefined ? [ended] : [])), now()];
      const sorted = ends.sort((a, b) => a - b);
      const pause = Math.max(...sorted.slice(1).map((end, index) => end - sorted[index]!));
      return { pause, failed, part: failed.length / recent.length };
    },
    stop: () => void child.kill("SIGKILL"),
  };
}

/** The volume of a member, on the machine that this runs on. */
const volumeOf = ({ name }: { readonly name: string }): string => `/run/overstack/volumes/${name}/storage`;

/** A file system of its own, which can be frozen: whoever writes to it waits. */
function makeDisk(at: string): void {
  mkdirSync(at, { recursive: true });
  execFileSync("truncate", ["--size=2G", `${at}.img`]);
  execFileSync("mkfs.ext4", ["-q", "-F", `${at}.img`]);
  execFileSync("mount", ["-o", "loop", `${at}.img`, at]);
  rmdirSync(`${at}/lost+found`);
}

/** Takes all that a member has, which does not run. */
export function emptyVolume(member: Running): void {
  for (const name of readdirSync(volumeOf(member.pod))) rmSync(join(volumeOf(member.pod), name), { recursive: true });
}

/** Stalls the disk of a member for some seconds. */
export async function stall(member: Running, seconds: number): Promise<void> {
  const volume = volumeOf(member.pod);
  execFileSync("fsfreeze", ["--freeze", volume]);
  await sleep(seconds * 1000);
  execFileSync("fsfreeze", ["--unfreeze", volume]);
}

/** Seconds since 1970. */
export const now = (): number => Date.now() / 1000;
