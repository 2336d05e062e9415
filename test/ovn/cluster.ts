import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { unboundModule } from "../../generator/components/ovn/client-names.ts";
import { until } from "../cluster/processes.ts";
import { addressOf, caFile, outside, prepare, type Running, startPod } from "../coordination/lab.ts";
import { answerNames } from "../database/dns.ts";
import type { Generated } from "./members.ts";
import { clientPython, serversRoot } from "./programs.ts";

export const databases = { northbound: "OVN_Northbound", southbound: "OVN_Southbound" } as const;
export type Name = keyof typeof databases;
export const names = Object.keys(databases) as Name[];

/** Members and northd that run. */
export interface Ovn {
  readonly members: Map<number, Running>;
  readonly northd: Map<number, Running>;
  /** Starts a member as it was left, or with an empty disk. */
  start(
    index: number,
    options?: { readonly fresh?: boolean; readonly founded?: boolean; readonly from?: Generated },
  ): void;
  startNorthd(index: number): void;
  kill(index: number): Promise<void>;
  /** Ends a member as Kubernetes does. */
  end(index: number): Promise<void>;
  isReady(index: number): Promise<boolean>;
  ready(...indices: readonly number[]): Promise<void>;
  /** What a member says of a database: `cluster/status`. */
  status(index: number, name: Name): Promise<string>;
  leader(name: Name): Promise<number>;
  /** IDs of the servers that a member counts, without those that come and go. */
  servers(index: number, name: Name): Promise<string[]>;
  id(index: number, name: Name): Promise<string>;
  cluster(index: number, name: Name): Promise<string>;
  /** Runs a shell line in the container of a database. */
  shell(index: number, name: Name, line: string): Promise<string>;
  /** Number of the northd that works. */
  working(): Promise<number>;
  stop(): Promise<void>;
}

export async function prepareOvn(generated: Generated): Promise<Ovn> {
  await prepare("ovn", { files: serversRoot(), services: ["ovn", "ovn-relay"], names: ["*.ovn-members"] });
  const resolver = await answerNames(outside, addressOf);
  const [members, northd] = [new Map<number, Running>(), new Map<number, Running>()];
  const shell: Ovn["shell"] = async (index, name, line) => {
    const { code, stdout, stderr } = await members.get(index)!.exec(name, ["sh", "-c", line]);
    if (code !== 0) throw new Error(`${line}: ${stderr || stdout}`);
    return stdout.trim();
  };
  const status: Ovn["status"] = (index, name) =>
    shell(index, name, `timeout 5 ovs-appctl -t /run/ovn/${name}.ctl cluster/status ${databases[name]}`);
  const kill: Ovn["kill"] = async (index) => {
    await members.get(index)!.kill();
    members.delete(index);
  };
  const isReady: Ovn["isReady"] = async (index) => {
    const { pod, exec } = members.get(index)!;
    const codes = await Promise.all(
      pod.containers.map(async ({ name, probes }) => (await exec(name, probes.ready)).code),
    );
    return codes.every((code) => code === 0);
  };
  const field = (text: string, key: string) => new RegExp(`^${key}: \\w+ \\(([-0-9a-f]+)\\)`, "m").exec(text)![1]!;
  return {
    ...{ members, northd, shell, status, kill, isReady },
    start: (index, { fresh = false, founded = true, from = generated } = {}) =>
      void members.set(index, startPod(from.member(index, founded), { fresh, restarts: true })),
    startNorthd: (index) => void northd.set(index, startPod(generated.northd(index))),
    end: async (index) => {
      const { pod, exec } = members.get(index)!;
      await Promise.all(pod.containers.map(({ name, probes }) => exec(name, probes.stop)));
      await kill(index);
    },
    ready: async (...indices) => {
      for (const index of indices) await until(`member ${index}`, () => isReady(index), { seconds: 120 });
    },
    leader: async (name) => {
      for (const index of members.keys()) {
        const said = await status(index, name).catch(() => "");
        if (/^Role: leader$/m.test(said)) return index;
      }
      throw new Error(`no member leads ${name}`);
    },
    servers: async (index, name) => {
      const [, list] = (await status(index, name)).split("Servers:");
      return [...list!.matchAll(/^ +(\w+) \(/gm)].map(([, id]) => id!).sort();
    },
    id: async (index, name) => field(await status(index, name), "Server ID").slice(0, 4),
    cluster: async (index, name) => field(await status(index, name), "Cluster ID"),
    working: () =>
      until("a northd that works", async () => {
        for (const [index, { exec }] of northd) {
          const { stdout } = await exec("northd", [
            "timeout",
            "5",
            "ovs-appctl",
            "-t",
            "/run/ovn/northd.ctl",
            "status",
          ]);
          // 0 would count as not yet.
          if (stdout.includes("active")) return { index };
        }
        return undefined;
      }).then(({ index }) => index),
    stop: async () => {
      resolver.close();
      for (const running of [...northd.values(), ...members.values()]) await running.kill();
    },
  };
}

/** A row of the Northbound database at one member, whoever leads; `ovn-nbctl` asks. */
export const nbctl = (command: string): string =>
  `ovn-nbctl --db=unix:/run/ovn/northbound.sock --no-leader-only --timeout=10 ${command}`;
export const sbctl = (command: string): string =>
  `ovn-sbctl --db=unix:/run/ovn/southbound.sock --no-leader-only --timeout=10 ${command}`;

/** What Neutron's library saw of each row that it wrote: seconds since 1970. */
interface Request {
  readonly began: number;
  readonly ended: number;
  readonly row?: string;
  readonly error?: string;
}
export interface Load {
  readonly rows: () => readonly string[];
  /** What failed since a moment. */
  errorsSince(moment: number): readonly string[];
  /** Longest time without a written row since a moment. */
  pauseSince(moment: number): number;
  stop(): void;
}

/** Seconds since 1970. */
export const now = (): number => Date.now() / 1000;

/** A service that writes rows of this prefix all the time. */
export async function startLoad({ hosts }: Generated, prefix: string): Promise<Load> {
  const folder = caFile.replace("/ca.crt", "");
  const modules = `${folder}/modules`;
  mkdirSync(modules, { recursive: true });
  writeFileSync(`${modules}/unbound.py`, unboundModule);
  const remotes = hosts.map((host) => `ssl:${host}:6641`).join(",");
  const child = spawn(
    await clientPython(),
    [`${import.meta.dirname}/client.py`, remotes, folder, modules, "10000", prefix],
    {
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: process.env.PATH },
    },
  );
  const requests: Request[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => requests.push(JSON.parse(line) as Request));
  const rows = () => requests.flatMap(({ row }) => row ?? []);
  await until("rows", () => rows().length > 3, { seconds: 60 });
  return {
    rows,
    errorsSince: (moment) =>
      requests.flatMap(({ error, ended }) => (error !== undefined && ended > moment ? [error] : [])),
    pauseSince: (moment) => {
      const ends = [
        moment,
        ...requests.flatMap(({ row, ended }) => (row !== undefined && ended > moment ? [ended] : [])),
        now(),
      ];
      return Math.max(...ends.slice(1).map((end, index) => end - ends[index]!));
    },
    stop: () => void child.kill("SIGKILL"),
  };
}
