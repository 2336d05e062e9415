import { hasErrors, type Issue } from "../issues/issue.ts";
import { caseClashes, inTheWay, reasonToKeep } from "./conflicts.ts";
import type { Disk } from "./disk.ts";
import type { FileVersions } from "./file-versions.ts";
import { digest, formatInventory } from "./inventory.ts";
import { type Journal, withIntent } from "./journal.ts";
import type { Found } from "./reader.ts";
import { type Scope, union } from "./tree.ts";

/** One file to write, or to delete when it has no text. */
export interface Change {
  readonly path: string;
  readonly text?: string;
  /** What lay there when the plan was made; apply goes no further when that has changed. */
  readonly before: Found | undefined;
}

/** What turns the disk into what is wanted. With errors among its issues it must not be applied. */
export interface Plan {
  readonly writes: readonly Change[];
  readonly deletes: readonly Change[];
  /** Inventories of the scopes that change; they are written and deleted last. */
  readonly inventories: readonly Change[];
  readonly unchanged: readonly string[];
  /** Paths of ours that nobody wants any more, also those gone already: folders left empty above them are removed. */
  readonly abandoned: readonly string[];
  /** Inventories of the scopes that disappear, also those gone already. */
  readonly emptied: readonly string[];
  /** The journal as it is while the plan is applied, and as it is to be afterwards. */
  readonly journal: { readonly during: Journal; readonly after: Journal };
  /** Versions of the inventories and the journal that the plan is made from. */
  readonly versions: FileVersions;
  /** An earlier run left something to tidy up. */
  readonly unfinished: boolean;
  readonly issues: readonly Issue[];
}

/** Compares the disk with the scopes wanted. Pure; other scopes are left alone. */
export function plan(disk: Disk, scopes: readonly Scope[]): Plan {
  const wanted = union(scopes);
  const sums = new Map<string, string>();
  for (const [path, text] of wanted) sums.set(path, digest(text));
  const owned = ownership(disk, scopes);
  const abandoned = [...owned.keys()].filter((path) => !wanted.has(path)).sort();
  const leftover = new Set(abandoned.filter((path) => disk.found.get(path)?.kind === "file"));

  const [stale, unchanged]: [string[], string[]] = [[], []];
  for (const [path, sum] of sums) (holds(disk.found.get(path), sum) ? unchanged : stale).push(path);
  stale.sort();
  const inventories = scopes
    .map((scope) => inventoryChange(disk, scope, sums))
    .filter((change) => change !== undefined);
  const issues = [
    ...stale.map(
      (path) => reasonToKeep(path, disk.found.get(path), owned) ?? inTheWay(path, disk.found.get(path), leftover),
    ),
    ...abandoned.map((path) => reasonToKeep(path, disk.found.get(path), owned)),
    ...inventories.map(({ path, before }) => inTheWay(path, before, leftover)),
  ].filter((issue) => issue !== undefined);

  return {
    writes: stale.map((path) => ({ path, text: wanted.get(path)!, before: disk.found.get(path) })),
    deletes: [...leftover].map((path) => ({ path, before: disk.found.get(path) })),
    inventories,
    unchanged: unchanged.sort(),
    abandoned,
    emptied: scopes.filter(({ files }) => files.size === 0).map(({ inventory }) => inventory),
    journal: journals(disk, scopes, new Set([...stale, ...inventories.map(({ path }) => path)]), sums),
    versions: disk.versions,
    unfinished: disk.unfinished,
    // Without an inventory all files seem foreign: that would drown the cause.
    issues: hasErrors(disk.issues) ? disk.issues : distinct([...issues, ...caseClashes(wanted.keys())]),
  };
}

/** Paths by what happens to them, inventories included; all three are empty when the disk is as wanted. */
export function differences({ writes, deletes, inventories }: Plan): Record<"added" | "changed" | "deleted", string[]> {
  const changes = [...writes, ...deletes, ...inventories];
  const paths = (chosen: (change: Change) => boolean) =>
    changes
      .filter(chosen)
      .map(({ path }) => path)
      .sort();
  return {
    added: paths(({ text, before }) => text !== undefined && before?.kind !== "file"),
    changed: paths(({ text, before }) => text !== undefined && before?.kind === "file"),
    deleted: paths(({ text }) => text === undefined),
  };
}

const holds = (found: Found | undefined, sum: string): boolean => found?.kind === "file" && found.digest === sum;

/** Several files may share an obstacle: a folder that is a link, for example. */
const distinct = (issues: readonly Issue[]): Issue[] => [
  ...new Map(issues.map((issue) => [`${issue.code} ${issue.file}`, issue])).values(),
];

/** Path -> digests that tell that the file is as some run of overstack wrote it. */
function ownership(disk: Disk, scopes: readonly Scope[]): Map<string, readonly string[]> {
  const owned = new Map<string, readonly string[]>();
  for (const { name, inventory } of scopes) {
    if (!disk.inventories.has(inventory)) throw new Error(`the scope ${name} was not read from disk`);
    const recorded = disk.inventories.get(inventory)?.files ?? new Map<string, string>();
    for (const [path, sum] of recorded) owned.set(path, [...(owned.get(path) ?? []), sum]);
    for (const [path, meant] of disk.journal.get(inventory) ?? [])
      owned.set(path, [...(owned.get(path) ?? []), ...meant]);
  }
  return owned;
}

function inventoryChange(
  disk: Disk,
  { inventory, files, facts }: Scope,
  sums: ReadonlyMap<string, string>,
): Change | undefined {
  const before = disk.found.get(inventory);
  if (files.size === 0)
    return before === undefined || before.kind === "folder" ? undefined : { path: inventory, before };
  const recorded = new Map([...files.keys()].map((path) => [path, sums.get(path)!]));
  const text = formatInventory({ files: recorded, facts });
  return holds(before, digest(text)) ? undefined : { path: inventory, text, before };
}

function journals(
  { journal }: Disk,
  scopes: readonly Scope[],
  changing: ReadonlySet<string>,
  sums: ReadonlyMap<string, string>,
): Plan["journal"] {
  const during = new Map(journal);
  const after = new Map(journal);
  for (const { inventory, files } of scopes) {
    const meant = [...files.keys()]
      .filter((path) => changing.has(path))
      .map((path) => [path, sums.get(path)!] as const);
    if (meant.length > 0 || changing.has(inventory)) during.set(inventory, withIntent(journal.get(inventory), meant));
    after.delete(inventory);
  }
  return { during, after };
}
