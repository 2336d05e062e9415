import { hash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { basesInventory, inventoryFile } from "../base/layout.ts";
import type { Issue } from "../issues/issue.ts";
import { digest } from "../tree/inventory.ts";
import type { Summary } from "./one-cluster.ts";

/** What a run knows of a cluster that it has built. */
export interface Fresh {
  /** Fingerprint of the generator, of cluster.yaml and of the names of its Secrets. */
  readonly input: string;
  readonly summary: Summary;
  /** Directories of the bases that its overlays use. */
  readonly bases: readonly string[];
  /** Images that its instances take by a tag alone. */
  readonly tagged: number;
  /** Warnings, to be given again. */
  readonly issues: readonly Issue[];
}

/** The same when its files were written. */
export interface Stored extends Fresh {
  /** Digest of the inventory that the run left. */
  readonly inventory: string;
}

/** What earlier runs in this checkout knew of a fleet; with the same input and untouched files there is nothing to build. */
export interface Memory {
  readonly clusters: ReadonlyMap<string, Stored>;
  /** Fingerprint of the generator, the bases in use and their inventory; undefined before the first run. */
  readonly bases: string | undefined;
}

/** True when a build would give what the last one gave; the caller sees to it that the files are untouched. */
export const isCurrent = (stored: Stored, input: string, inventory: string): boolean =>
  stored.inventory === inventory && stored.input === input;

/** Names the bases of all clusters, as the run that left this inventory wrote them. */
export const basesFingerprint = (used: Iterable<string>, inventory: string): string =>
  fingerprint(Buffer.from(JSON.stringify([[...used].sort(), inventory])));

/** Fingerprint of the generator's own files and of a cluster.yaml. */
export const fingerprint = (input: Uint8Array): string => hash("sha256", Buffer.concat([generator(), input]), "hex");

/**
 * Where a run keeps it: in Git's own folder, which no clone, pull or pull request brings along. A file of the work tree
 * might come from somebody else, and would then say of any tree that it is as generated. Undefined outside a repository.
 */
export function memoryFile(root: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = gitFolder(folder);
    const name = relative(folder, root).replaceAll(sep, "%") || "fleet";
    if (found !== undefined) return join(found, "overstack", `${name}.json`);
    if (dirname(folder) === folder) return undefined;
  }
}

/** Git's folder of a work tree; a linked work tree and a submodule have a file there that names it. */
function gitFolder(folder: string): string | undefined {
  const path = join(folder, ".git");
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return path;
  const named = stat?.isFile() ? /^gitdir: (.+?)\n?$/.exec(readText(path) ?? "")?.[1] : undefined;
  return named === undefined ? undefined : resolve(folder, named);
}

/** Reads what the last run left; a file that is missing or damaged says nothing, for it only saves time. */
export function readMemory(root: string): Memory {
  try {
    const file = memoryFile(root);
    if (file === undefined) return noMemory;
    const { clusters, bases } = JSON.parse(readFileSync(file, "utf8")) as Kept;
    return { clusters: new Map(Object.entries(clusters)), bases };
  } catch {
    return noMemory;
  }
}
interface Kept {
  readonly clusters: Readonly<Record<string, Stored>>;
  readonly bases?: string;
}

/** What a run knows that looks at everything. */
export const noMemory: Memory = { clusters: new Map(), bases: undefined };

/**
 * Keeps it for the next run, which is merely slower where it cannot be written. `whole`: the run looked at all clusters;
 * else bases that nobody uses any more may be on the disk, and only a whole run removes them.
 */
export function writeMemory(root: string, known: ReadonlyMap<string, Fresh | Stored>, whole: boolean): void {
  const bases = whole ? digestOf(root, basesInventory) : undefined;
  const used = new Set([...known.values()].flatMap((each) => each.bases));
  const clusters = [...known].flatMap(([name, each]): [string, Stored][] => {
    const inventory = "inventory" in each ? each.inventory : digestOf(root, inventoryFile(name));
    return inventory === undefined ? [] : [[name, { ...each, inventory }]];
  });
  const kept: Kept = {
    ...(bases === undefined ? {} : { bases: basesFingerprint(used, bases) }),
    clusters: Object.fromEntries(clusters),
  };
  const file = memoryFile(root);
  if (file !== undefined) replace(file, `${JSON.stringify(kept)}\n`);
}

/** Whole or not at all, and never through a link: the name is replaced, not what it leads to. */
function replace(file: string, text: string): void {
  const staged = `${file}.${process.pid}`;
  try {
    if (readText(file) === text) return;
    mkdirSync(dirname(file), { recursive: true });
    rmSync(staged, { force: true });
    writeFileSync(staged, text, { flag: "wx" });
    renameSync(staged, file);
  } catch {
    // A read-only folder: nothing is lost.
  }
}

const programFolder = join(import.meta.dirname, "..");
/** A changed generator must build again, also between two releases of it. */
const generator = memoized(() =>
  Buffer.from(
    readdirSync(programFolder, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.[jt]s$/.test(file))
      .sort()
      .map((file) => hash("sha256", readFileSync(join(programFolder, file)), "hex"))
      .join(),
  ),
);

function memoized<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

const digestOf = (root: string, path: string): string | undefined => {
  const text = readText(join(root, path));
  return text === undefined ? undefined : digest(text);
};

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
