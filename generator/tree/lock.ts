import { readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { error, type Issue } from "../issues/issue.ts";
import { lockFile, nextLock } from "./paths.ts";
import { perform, type Step } from "./writer.ts";

/** Does the work while no other run does; when a living one holds the lock, that is the only Issue. Throws system errors. */
export function withLock(root: string, step: Step, work: () => readonly Issue[]): readonly Issue[] {
  const held = hold(root, step);
  if ("issue" in held) return [held.issue];
  try {
    return work();
  } finally {
    held.release();
  }
}

/**
 * Takes the lock until it is released: for commands that wait for a key or for git while they hold it. An Issue when a
 * living run has it. Throws system errors.
 */
export function hold(
  root: string,
  step: Step = () => {},
): { readonly release: () => void } | { readonly issue: Issue } {
  const busy = take(root, lockFile, step);
  if (busy !== undefined) return { issue: busy };
  // What a run left behind that was killed while it took over the lock of one killed before.
  const next = nextLock(lockFile);
  try {
    if (holderOf(root, next)?.dead && take(root, next, step) === undefined) release(root, next, step);
  } catch (cause) {
    release(root, lockFile, step);
    throw cause;
  }
  return { release: () => release(root, lockFile, step) };
}

/** An Issue when a living run holds the lock. */
export function livingRun(root: string): Issue | undefined {
  try {
    const holder = holderOf(root, lockFile);
    return holder?.dead === false ? locked(lockFile, holder) : undefined;
  } catch {
    // Who wants to take the lock meets the same refusal, and says so.
    return undefined;
  }
}

function take(root: string, file: string, step: Step): Issue | undefined {
  if (create(root, file, step)) return undefined;
  const holder = holderOf(root, file);
  if (holder?.dead === false) return locked(file, holder);

  // Two runs may find the same dead holder. Only who holds the next lock may remove it, else the slower run would remove
  // the lock that the faster one has just taken. The next lock may itself be a dead run's: then the one after it, and so on.
  const next = nextLock(file);
  const busy = take(root, next, step);
  if (busy !== undefined) return busy;
  try {
    if (holderOf(root, file)?.dead) release(root, file, step);
    return create(root, file, step) ? undefined : locked(file, holderOf(root, file));
  } finally {
    release(root, next, step);
  }
}

function release(root: string, file: string, step: Step): void {
  perform(step, "unlock", file, () => rmSync(join(root, file), { force: true }));
}

/** The lock is a link to `<pid>@<host> <birth>`, which does not exist: unlike a file, a link is there with its text or not at all. */
function create(root: string, file: string, step: Step): boolean {
  try {
    perform(step, "lock", file, () => symlinkSync(lockText(), join(root, file)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** What a run writes into its lock. */
export const lockText = (): string => `${process.pid}@${hostname()} ${birthOf(process.pid) ?? ""}`.trimEnd();

interface Holder {
  readonly name: string;
  readonly dead: boolean;
}

/** Undefined when nobody holds the lock. */
function holderOf(root: string, file: string): Holder | undefined {
  try {
    const [, pid, host, birth] = /^(\d+)@(.*?)(?: (\S+))?$/.exec(readlinkSync(join(root, file))) ?? [];
    if (pid === undefined) return unknown;
    return { name: `process ${pid} on ${host}`, dead: host === hostname() && isDead(Number(pid), birth) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "EINVAL") return unknown;
    throw error;
  }
}

const unknown: Holder = { name: "one that does not say who it is", dead: false };

function isDead(pid: number, birth: string | undefined): boolean {
  // A container gives the same number to each run: a lock with our own is not ours, for we have just failed to take it.
  if (pid === process.pid) return true;
  const own = birthOf(process.pid);
  if (birth === undefined || own === undefined) return !isAlive(pid);
  const [boot, space] = birth.split(".");
  const [ownBoot, ownSpace] = own.split(".");
  if (boot !== ownBoot) return true;
  // Numbers of another container's processes say nothing here.
  if (space !== ownSpace) return false;
  return !isAlive(pid) || birthOf(pid) !== birth;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * When a process began: start of the machine, the space that its number belongs to, ticks since. The number alone is
 * given again to others. Linux tells it (proc_pid_stat(5), field 22); undefined elsewhere, and when there is no such process.
 */
function birthOf(pid: number): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
    const space = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))![0];
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in parentheses, may hold blanks.
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${boot}.${space}.${started}`;
  } catch {
    return undefined;
  }
}

const locked = (file: string, holder = unknown): Issue =>
  error(
    "locked",
    `another run is writing to this repository: ${holder.name}`,
    `Wait until it has ended, then generate again. If there is no such process any more, delete ${file}.`,
    { file },
  );
