import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { hasErrors, type Issue } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";
import { changedMeanwhile, changedSince } from "./file-versions.ts";
import { formatJournal } from "./journal.ts";
import { withLock } from "./lock.ts";
import { journalFile, stagingFolder } from "./paths.ts";
import type { Change, Plan } from "./plan.ts";
import { type Found, type Reader, reader } from "./reader.ts";
import { type Step, type Writer, writer } from "./writer.ts";

/**
 * Makes the disk as planned; the only writer. Returns what kept it from doing so: nothing, when the disk is as planned.
 *
 * All new files are first written to a staging folder, so that a full disk is met while nothing has changed. Then the
 * journal says what is about to happen, files are deleted, files and new folders put in place, the inventories last, and the journal goes.
 * Before the first change all targets are looked at again, and each one right before it changes: an editor takes no lock.
 * Killed before the journal is there, the tree is as before; killed later, the next run knows its files by the journal.
 * Nothing is synced to the device: that would guard against a loss of power only, and takes longer than all the rest.
 */
export function apply(root: string, plan: Plan, step: Step = () => {}): readonly Issue[] {
  if (hasErrors(plan.issues)) throw new Error("a plan with errors must not be applied");
  const changes = [...plan.deletes, ...plan.writes, ...plan.inventories];
  if (changes.length === 0 && !plan.unfinished) return [];

  let begun = false;
  try {
    return withLock(root, step, () => {
      const { nearestFolder } = reader(root);
      const refusing = refusingFolders(root, new Set(changes.map(({ path }) => nearestFolder(path))));
      if (refusing.length > 0) return refusing;
      const disk = writer(root, step);
      try {
        const waiting = moves(plan, nearestFolder);
        stage(disk, plan, waiting);
        const intruded = intrusions(root, plan, changes);
        if (intruded.length > 0) return intruded;
        disk.place(stagedJournal, journalFile);
        begun = true;
        commit(root, disk, plan, waiting);
        return [];
      } finally {
        disk.removeAll(stagingFolder);
      }
    });
  } catch (error) {
    if (error instanceof Intrusion) return [changedMeanwhile(error.path, interrupted)];
    return [cannotWrite((error as NodeJS.ErrnoException).path ?? root, error, begun ? completed : untouched)];
  }
}

/** The plan was made before the lock was taken, and staging takes time: another run, an editor or git may have been there since. */
function intrusions(root: string, plan: Plan, changes: readonly Change[]): Issue[] {
  const { look } = reader(root);
  const changed = changes.filter(({ path, before }) => !isDeepStrictEqual(look(path), before));
  return [...changed.map(({ path }) => changedMeanwhile(path)), ...changedSince(root, plan.versions)];
}

/** Folders that refuse writing, found before the first change. */
function refusingFolders(root: string, folders: ReadonlySet<string>): Issue[] {
  return [...folders].flatMap((folder) => {
    try {
      accessSync(join(root, folder), constants.W_OK | constants.X_OK);
      return [];
    } catch (error) {
      return [cannotWrite(folder || ".", error, untouched)];
    }
  });
}

const untouched = "Nothing was changed; generate again after that.";
const interrupted =
  "It was left as it is now, and some files are written already. See what changed it, then generate again: that completes the work.";
const completed = "Some files are written already; the next run completes the work.";

const stagedJournal = `${stagingFolder}/journal`;
const stagedNextJournal = `${stagingFolder}/journal-afterwards`;

/** What one rename puts in place: a file, or a whole folder where there is none yet. */
interface Move {
  /** Where it waits. */
  readonly staged: string;
  readonly target: string;
  readonly files: Change[];
}

/** Renaming a new folder once, not its files one by one, saves a tenth of the time that a large new fleet takes. */
function moves({ writes, inventories }: Plan, nearestFolder: Reader["nearestFolder"]): Move[] {
  const made = new Map<string, Move>();
  const add = (target: string, change: Change) => {
    const move = made.get(target) ?? { staged: `${stagingFolder}/${made.size}`, target, files: [] };
    made.set(target, move);
    move.files.push(change);
  };
  for (const change of writes) add(firstMissing(change.path, nearestFolder(change.path)), change);
  for (const change of inventories) if (change.text !== undefined) add(change.path, change);
  return [...made.values()];
}

/** The path, or the topmost folder above it that lies in the folder and so is not there. */
function firstMissing(path: string, folder: string): string {
  const end = path.indexOf("/", folder === "" ? 0 : folder.length + 1);
  return end === -1 ? path : path.slice(0, end);
}

function stage(disk: Writer, plan: Plan, waiting: readonly Move[]): void {
  disk.removeAll(stagingFolder);
  disk.makeFolder(stagingFolder);
  for (const { staged, target, files } of waiting)
    for (const { path, text } of files) disk.write(`${staged}${path.slice(target.length)}`, text!, path);
  disk.write(stagedNextJournal, formatJournal(plan.journal.after), journalFile);
  disk.write(stagedJournal, formatJournal(plan.journal.during), journalFile);
}

/** Somebody changed a target while files were being put in place; not a defect, and not a refusal of the system. */
class Intrusion extends Error {
  readonly path: string;
  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

/** Throws when a target is not as the plan found it, what this run did meanwhile apart: what stood in the way is gone. */
const looking = (root: string) => (path: string, before: Found | undefined) => () => {
  const expected = before?.kind === "file" ? before : undefined;
  if (!isDeepStrictEqual(reader(root).look(path), expected)) throw new Intrusion(path);
};

/** Deletes come first: a file may become a folder, or a folder a file. */
function commit(root: string, disk: Writer, plan: Plan, waiting: readonly Move[]): void {
  const inventories = new Set(plan.inventories.map(({ path }) => path));
  const look = looking(root);
  const place = (chosen: (target: string) => boolean) => {
    for (const { staged, target, files } of waiting)
      if (chosen(target)) disk.place(staged, target, look(target, files.find(({ path }) => path === target)?.before));
  };
  for (const { path, before } of plan.deletes) disk.remove(path, look(path, before));
  for (const { path, before } of [...plan.writes, ...plan.inventories])
    if (before?.kind === "folder") disk.removeEmptyBelow(path);
  place((target) => !inventories.has(target));
  disk.removeEmptyAbove(plan.abandoned);

  place((target) => inventories.has(target));
  for (const { path, text, before } of plan.inventories) if (text === undefined) disk.remove(path, look(path, before));
  disk.removeEmptyAbove(plan.emptied);

  if (plan.journal.after.size > 0) disk.place(stagedNextJournal, journalFile);
  else disk.removeAll(journalFile);
}
