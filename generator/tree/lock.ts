import { readlinkSync, rmSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { error, type Issue } from "../issues/issue.ts";
import { lockFile, nextLock } from "./paths.ts";
import { perform, type Step } from "./writer.ts";

/** Does the work while no other run does; when a living one holds the lock, that is the only Issue. Throws system errors. */
export function withLock(root: string, step: Step, work: () => readonly Issue[]): readonly Issue[] {
  const busy = take(root, lockFile, step);
  if (busy !== undefined) return [busy];
  try {
    // What a run left behind that was killed while it took over the lock of one killed before.
    const next = nextLock(lockFile);
    if (holderOf(root, next)?.dead && take(root, next, step) === undefined) release(root, next, step);
    return work();
  } finally {
    release(root, lockFile, step);
  }
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

/** The lock is a link to `<pid>@<host>`, which does not exist: unlike a file, a link is there with its text or not at all. */
function create(root: string, file: string, step: Step): boolean {
  try {
    perform(step, "lock", file, () => symlinkSync(`${process.pid}@${hostname()}`, join(root, file)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

interface Holder {
  readonly name: string;
  readonly dead: boolean;
}

/** Undefined when nobody holds the lock. */
function holderOf(root: string, file: string): Holder | undefined {
  try {
    const [, pid, host] = /^(\d+)@(.*)$/.exec(readlinkSync(join(root, file))) ?? [];
    if (pid === undefined) return unknown;
    return { name: `process ${pid} on ${host}`, dead: host === hostname() && !isAlive(Number(pid)) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "EINVAL") return unknown;
    throw error;
  }
}

const unknown: Holder = { name: "one that does not say who it is", dead: false };

function isAlive(pid: number): boolean {
  // A container gives the same number to each run: a lock with our own is not ours, for we have just failed to take it.
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

const locked = (file: string, holder = unknown): Issue =>
  error(
    "locked",
    `another run is writing to this repository: ${holder.name}`,
    `Wait until it has ended, then generate again. If there is no such process any more, delete ${file}.`,
    { file },
  );
