import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import { cannotRead } from "../issues/system.ts";
import { isDigest } from "./inventory.ts";
import { isInventory, mayOwn } from "./ownership.ts";
import { journalFile } from "./paths.ts";

/**
 * What runs that did not end meant to write: inventory -> path -> digests, one for each such run.
 * A file with one of these digests is ours, though the inventory, written last, does not know it yet.
 */
export type Journal = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** The journal on disk; empty when the last run was complete. */
export function readJournal(root: string): Checked<Journal> {
  try {
    if (lstatSync(join(root, journalFile), { throwIfNoEntry: false })?.isSymbolicLink())
      return { value: undefined, issues: [broken] };
    return { value: parseJournal(readFileSync(join(root, journalFile), "utf8")), issues: [] };
  } catch (error) {
    if (error instanceof SyntaxError) return { value: undefined, issues: [broken] };
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return missing ? { value: new Map(), issues: [] } : { value: undefined, issues: [cannotRead(journalFile, error)] };
  }
}

/** The journal as the text of its file. */
export function formatJournal(journal: Journal): string {
  const entries = [...journal].map(([inventory, files]) => [inventory, Object.fromEntries(files)]);
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

/** One inventory's part of the journal with a further run's intent. Earlier ones stay: files of each may be on disk. */
export function withIntent(
  files: ReadonlyMap<string, readonly string[]> = new Map(),
  intent: Iterable<readonly [string, string]>,
) {
  const merged = new Map(files);
  for (const [path, sum] of intent) {
    const earlier = merged.get(path);
    merged.set(path, earlier === undefined ? [sum] : [...new Set([...earlier, sum])]);
  }
  return merged;
}

function parseJournal(text: string): Journal {
  const content: unknown = JSON.parse(text);
  const journal = new Map<string, Map<string, string[]>>();
  for (const [inventory, files] of entriesOf(content, isInventory)) {
    const isOurs = mayOwn(inventory);
    journal.set(inventory, new Map(entriesOf(files, isOurs).map(meant)));
  }
  return journal;
}

function entriesOf(value: unknown, isOurs: (path: string) => boolean): [string, unknown][] {
  if (typeof value !== "object" || value === null) throw new SyntaxError("not an object");
  const entries = Object.entries(value);
  if (!entries.every(([path]) => isOurs(path))) throw new SyntaxError("a path that is not of its scope");
  return entries;
}

function meant([path, sums]: [string, unknown]): [string, string[]] {
  if (!Array.isArray(sums) || !sums.every(isDigest)) throw new SyntaxError("not a list of digests");
  return [path, sums];
}

const broken: Issue = error(
  "broken-journal",
  "the journal of an interrupted run cannot be read",
  `Delete ${journalFile}, then generate again. Files of the interrupted run may then count as edited: drop those edits.`,
  { file: journalFile },
);
