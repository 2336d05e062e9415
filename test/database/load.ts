import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { until } from "../cluster/processes.ts";
import { caFile } from "../coordination/lab.ts";
import type { Generated } from "./members.ts";
import { osloPython } from "./programs.ts";

/** What a client saw of each row that it wrote: seconds since 1970. */
export interface Request {
  readonly began: number;
  readonly ended: number;
  readonly row?: number;
  readonly member?: string;
  readonly error?: string;
}
/** What clients saw for a while. */
export interface Seen {
  /** Longest time without an acknowledged row, seconds. */
  readonly pause: number;
  readonly failed: readonly Request[];
  /** The share of them. */
  readonly part: number;
  /** Rows that were acknowledged, by the member that they were written to. */
  readonly commits: Readonly<Record<string, number>>;
  /** How long two members acknowledged rows in turn, seconds. */
  readonly overlap: number;
  /** Requests that two writers refused, for they changed the same row. */
  readonly deadlocks: number;
}
/** A service that writes all the time. */
export interface Load {
  readonly requests: readonly Request[];
  stop(): void;
}

/** How many clients write rows of how many bytes; its rows begin at a number of its own. */
export interface Amount {
  readonly threads: number;
  readonly bytes: number;
  readonly first: number;
}

/** Tables that the load writes to. */
export const loadTables = `CREATE TABLE keystone.kept (number BIGINT PRIMARY KEY, text MEDIUMTEXT);
  CREATE TABLE keystone.counted (id TINYINT PRIMARY KEY, number BIGINT);
  INSERT INTO keystone.counted VALUES (0, 0), (1, 0), (2, 0), (3, 0)`;

export async function startLoad({ url, options }: Generated, { threads, bytes, first }: Amount): Promise<Load> {
  const script = `${import.meta.dirname}/load.py`;
  const database = url.replaceAll("/etc/ssl/internal/ca.crt", caFile);
  const args = [script, database, JSON.stringify(options), ...[threads, first, bytes].map(String)];
  const child = spawn(await osloPython(), args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH },
  });
  const requests: Request[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => requests.push(JSON.parse(line) as Request));
  await until("a row of each thread", () => requests.filter(isAcknowledged).length > threads * 3, { seconds: 60 });
  return { requests, stop: () => void child.kill("SIGKILL") };
}

export const isAcknowledged = ({ error }: Request): boolean => error === undefined;

/** What clients saw since a moment. */
export function summary(requests: readonly Request[], moment: number): Seen {
  const recent = requests.filter(({ ended }) => ended >= moment);
  const failed = recent.filter((request) => !isAcknowledged(request));
  const kept = recent.filter(isAcknowledged).sort((a, b) => a.ended - b.ended);
  const ends = [moment, ...kept.map(({ ended }) => ended), now()];
  const commits: Record<string, number> = {};
  for (const { member } of kept) commits[member!] = (commits[member!] ?? 0) + 1;
  return {
    pause: Math.max(...ends.slice(1).map((end, index) => end - ends[index]!)),
    failed,
    part: failed.length / recent.length,
    commits,
    overlap: alternation(kept),
    deadlocks: failed.filter(({ error }) => error!.includes("(1213,")).length,
  };
}

/** Longest time in which rows of two members followed each other within 2 s, again and again; 0 when one of them simply followed the other. */
function alternation(kept: readonly Request[]): number {
  const changes = kept.flatMap(({ ended, member }, index) =>
    index > 0 && member !== kept[index - 1]!.member ? [ended] : [],
  );
  let longest = 0;
  let began = 0;
  for (const [index, change] of changes.entries()) {
    if (index === 0 || change - changes[index - 1]! > 2) began = change;
    longest = Math.max(longest, change - began);
  }
  return longest;
}

/** Seconds since 1970. */
export const now = (): number => Date.now() / 1000;
