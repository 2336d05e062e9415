import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { brokerDefinitions, databaseStatements } from "./accounts.ts";
import type { SmallCluster } from "./clusters.ts";
import { asPods, giveToPods } from "./place.ts";
import { endGroup, freePort } from "./processes.ts";

/** Programs of the infrastructure, with the package of Debian that has each. */
export const infrastructurePackages: Readonly<Record<string, string>> = {
  epmd: "erlang-base",
  etcd: "etcd-server",
  mariadbd: "mariadb-server",
  memcached: "memcached",
  "ovn-northd": "ovn-central",
  "ovsdb-server": "openvswitch-common",
  "rabbitmq-server": "rabbitmq-server",
};

/** A database server, a broker, a memcached and a lock server of this machine, with what the operators would have made in them. */
export interface Infrastructure {
  /** Kind of connection -> port on 127.0.0.1. */
  readonly ports: ReadonlyMap<string, number>;
  /** Rows that the database's administrator gets for a query, columns apart by tabs. */
  readonly sql: (query: string) => string[];
  /** Names of the queues in a virtual host. */
  readonly queues: (virtualHost: string) => string[];
  /** Ends all of it at once. */
  readonly stop: () => void;
}

/** Starts in a folder what the instances of a cluster connect to, and waits until it answers. Throws with its last words. */
export async function startInfrastructure(folder: string, cluster: SmallCluster): Promise<Infrastructure> {
  const value = (secret: string, key: string) => cluster.secrets.get(secret)![key]!.toString();
  const kinds = [...new Set(cluster.providers.values())];
  const ports = new Map(await Promise.all(kinds.map(async (kind) => [kind, await freePort()] as const)));
  const children: ChildProcess[] = [];
  const nodes = new Map<string, NodeJS.ProcessEnv>();
  const stop = () => {
    for (const { pid } of children) endGroup(pid!);
  };
  const start = async (kind: string, program: (home: string, port: number) => Promise<readonly Command[]>) => {
    const port = ports.get(kind);
    if (port === undefined) return;
    const home = join(folder, kind);
    mkdirSync(home, { recursive: true });
    const log = join(home, "log");
    const commands = await program(home, port);
    giveToPods(home);
    for (const { command, env = {} } of commands) {
      const [file, ...args] = [...asPods, "sh", "-c", 'exec "$@" >>"$0" 2>&1', log, ...command];
      nodes.set(kind, { HOME: home, ...env });
      children.push(spawn(file!, args, { env: { ...process.env, HOME: home, ...env }, cwd: home, detached: true }));
    }
    for (const deadline = Date.now() + startLimit; !(await listens(port)); await sleep(200))
      if (Date.now() > deadline || children.some(({ exitCode }) => exitCode !== null))
        throw new Error(`${kind} does not start: ${readFileSync(log, "utf8").slice(-3000)}`);
  };
  try {
    await Promise.all([
      start("database", async (home, port) => [databaseServer(home, port, cluster, value)]),
      start("messaging", async (home, port) => broker(home, port, cluster, brokerDefinitions(cluster.accounts, value))),
      start("coordination", async (home, port) => [lockServer(home, port, await freePort())]),
      start("cache", async (_, port) => [{ command: ["memcached", "-l", "127.0.0.1", "-p", String(port)] }]),
    ]);
  } catch (error) {
    stop();
    throw error;
  }
  const lines = (command: readonly string[], env: NodeJS.ProcessEnv = {}): string[] => {
    const [file, ...args] = [...asPods, ...command];
    const said = execFileSync(file!, args, { encoding: "utf8", env: { ...process.env, ...env }, cwd: folder });
    return said.split("\n").filter((line) => line !== "");
  };
  const asRoot = ["mariadb", "--no-defaults", "--socket", join(folder, "database/socket"), "--user", "root"];
  return {
    ports,
    sql: (query) => lines([...asRoot, "--skip-column-names", "--batch", "--execute", query]),
    queues: (host) =>
      lines(
        ["/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", "list_queues", "--vhost", host, "name", "--no-table-headers"],
        nodes.get("messaging"),
      ),
    stop,
  };
}

interface Command {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Milliseconds; far above what a start takes on a busy machine. */
const startLimit = 180_000;

/** With the generated settings, less memory, and no network but this machine's. */
function databaseServer(
  home: string,
  port: number,
  { accounts, settings }: SmallCluster,
  value: (secret: string, key: string) => string,
): Command {
  writeFileSync(join(home, "my.cnf"), settings);
  writeFileSync(join(home, "init.sql"), databaseStatements(accounts, value));
  mkdirSync(join(home, "data"));
  giveToPods(home);
  const [file, ...args] = [...asPods, "mariadb-install-db", "--no-defaults", `--datadir=${home}/data`];
  execFileSync(file!, [...args, "--skip-test-db", "--auth-root-authentication-method=normal"], { stdio: "pipe" });
  return {
    command: [
      ...["mariadbd", `--defaults-file=${home}/my.cnf`, `--datadir=${home}/data`, `--socket=${home}/socket`],
      ...["--bind-address=127.0.0.1", `--port=${port}`, `--pid-file=${home}/pid`, `--init-file=${home}/init.sql`],
      ...["--innodb-buffer-pool-size=64M", "--skip-name-resolve"],
    ],
  };
}

/** One member of etcd, which takes all locks alone. */
function lockServer(home: string, port: number, peers: number): Command {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peers}`];
  return {
    command: [
      ...["etcd", `--data-dir=${home}/data`, `--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
      ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
    ],
  };
}

/** With the generated listeners. A node of its own name, with the port mapper that it needs: one that it started itself would outlive it. */
async function broker(
  home: string,
  port: number,
  { advanced }: SmallCluster,
  definitions: object,
): Promise<readonly Command[]> {
  const [mapper, distribution] = [await freePort(), await freePort()];
  writeFileSync(join(home, "definitions.json"), JSON.stringify(definitions));
  writeFileSync(
    join(home, "rabbitmq.conf"),
    `listeners.tcp.1 = 127.0.0.1:${port}\nload_definitions = ${home}/definitions.json\ndisk_free_limit.absolute = 50MB\n`,
  );
  writeFileSync(join(home, "advanced.config"), advanced === "" ? "[].\n" : advanced);
  writeFileSync(join(home, "enabled_plugins"), "[].\n");
  writeFileSync(join(home, ".erlang.cookie"), "of-this-test-alone");
  chmodSync(join(home, ".erlang.cookie"), 0o400);
  const env = {
    ERL_EPMD_PORT: String(mapper),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, "advanced.config"),
    RABBITMQ_CONFIG_FILE: join(home, "rabbitmq.conf"),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, "enabled_plugins"),
    RABBITMQ_LOG_BASE: join(home, "logs"),
    RABBITMQ_LOGS: "-",
    RABBITMQ_MNESIA_BASE: join(home, "data"),
    RABBITMQ_NODENAME: `overstack-${port}@localhost`,
  };
  return [
    { command: ["epmd", "-address", "127.0.0.1", "-port", String(mapper)] },
    { command: ["/usr/lib/rabbitmq/bin/rabbitmq-server"], env },
  ];
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

/** Lets what was deleted in a database look as if that were so many days ago. */
export function backdate({ sql }: Infrastructure, database: string, days: number): void {
  const tables = sql(
    `SELECT table_name FROM information_schema.columns WHERE table_schema = '${database}' AND column_name = 'deleted_at'`,
  );
  for (const table of tables)
    sql(`UPDATE ${database}.${table} SET deleted_at = NOW() - INTERVAL ${days} DAY WHERE deleted_at IS NOT NULL`);
}
