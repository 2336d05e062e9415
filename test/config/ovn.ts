import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { authority, clientPair, serverPair } from "./certificates.ts";
import { asPods, giveToPods } from "./place.ts";
import { endGroup, freePort } from "./processes.ts";

/** OVN's databases on this machine, one member of each, and the northd between them. */
export interface OvnDatabases {
  /** Port in the cluster -> port on 127.0.0.1. */
  readonly ports: ReadonlyMap<number, number>;
  /** What a client's Secret has in it. */
  readonly secret: Readonly<Record<string, Buffer>>;
  /** Asks the Northbound database, and the Southbound one. */
  readonly nbctl: (...args: readonly string[]) => string;
  readonly sbctl: (...args: readonly string[]) => string;
  readonly stop: () => void;
}

const databases = [
  { name: "nb", schema: "ovn-nb.ovsschema", port: 6641 },
  { name: "sb", schema: "ovn-sb.ovsschema", port: 6642 },
] as const;

/** Starts both databases, which take who shows a certificate of their authority, and northd. Throws with their last words. */
export async function startOvn(folder: string): Promise<OvnDatabases> {
  const home = join(folder, "ovn");
  mkdirSync(home, { recursive: true });
  const ca = await authority();
  const [server, client] = [await serverPair(ca, ["DNS:ovn"]), await clientPair(ca, "client")];
  const files = { "ca.crt": ca.certificate, "tls.crt": server.certificate, "tls.key": server.key };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(home, name), value, { mode: 0o600 });
  const children: ReturnType<typeof spawn>[] = [];
  const log = join(home, "log");
  const start = (program: string, ...args: readonly string[]) => {
    const [file, ...rest] = [...asPods, "sh", "-c", 'exec "$@" >>"$0" 2>&1', log, program, ...args];
    children.push(
      spawn(file!, rest, { cwd: home, detached: true, env: { ...process.env, OVN_RUNDIR: home, OVS_RUNDIR: home } }),
    );
  };
  const stop = () => {
    for (const { pid } of children) endGroup(pid!);
  };
  const socket = (name: string) => `unix:${home}/${name}.sock`;
  const ports = new Map<number, number>();
  const pki = [`--private-key=${home}/tls.key`, `--certificate=${home}/tls.crt`, `--ca-cert=${home}/ca.crt`];
  for (const { name, schema, port } of databases) {
    const own = await freePort();
    ports.set(port, own);
    execFileSync("ovsdb-tool", ["create", join(home, `${name}.db`), join("/usr/share/ovn", schema)]);
    giveToPods(home);
    const remotes = [`--remote=p${socket(name)}`, `--remote=pssl:${own}:127.0.0.1`];
    start("ovsdb-server", join(home, `${name}.db`), ...remotes, ...pki, `--unixctl=${home}/${name}.ctl`, "--no-chdir");
  }
  start(
    ...(["ovn-northd", `--ovnnb-db=${socket("nb")}`, `--ovnsb-db=${socket("sb")}`] as const),
    ...[`--unixctl=${home}/northd.ctl`, "--no-chdir"],
  );
  const ctl =
    (program: string, name: string) =>
    (...args: readonly string[]) => {
      const [file, ...rest] = [...asPods, program, `--db=${socket(name)}`, "--timeout=10", ...args];
      return execFileSync(file!, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
    };
  for (
    const deadline = Date.now() + startLimit;
    !databases.every(({ name }) => existsSync(join(home, `${name}.sock`)));
  ) {
    await sleep(100);
    if (Date.now() < deadline && children.every(({ exitCode }) => exitCode === null)) continue;
    stop();
    throw new Error(`OVN does not start: ${readFileSync(log, "utf8").slice(-3000)}`);
  }
  return {
    ports,
    secret: { "ca.crt": ca.certificate, "tls.crt": client.certificate, "tls.key": client.key },
    nbctl: ctl("ovn-nbctl", "nb"),
    sbctl: ctl("ovn-sbctl", "sb"),
    stop,
  };
}

/** Milliseconds; far above what a start takes on a busy machine. */
const startLimit = 60_000;
