import { hash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { basesInventory, inventoryFile } from "../base/layout.ts";
import type { Issue } from "../issues/issue.ts";
import { digest } from "../tree/inventory.ts";
import { cacheFile } from "../tree/paths.ts";
import type { Summary } from "./one-cluster.ts";

/** What a run knows of a cluster that it has built. */
export interface Fresh {
  /** Fingerprint of the generator, of cluster.yaml and of the names of its Secrets. */
  readonly input: string;
  readonly summary: Summary;
  /** Directories of the bases that its overlays use. */
  readonly bases: readonly string[];
  /** Warnings, to be given again. */
  readonly issues: readonly Issue[];
}

/** The same when its files were written. */
export interface Stored extends Fresh {
  /** Digest of the inventory that the run left. */
  readonly inventory: string;
}

/** What earlier runs knew of a fleet; with the same input and untouched files there is nothing to build. */
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

/** Reads what the last run left in the fleet's folder; a file that is missing or damaged says nothing, for it only saves time. */
export function readMemory(root: string): Memory {
  try {
    const { clusters, bases } = JSON.parse(readFileSync(join(root, cacheFile), "utf8")) as Kept;
    return { clusters: new Map(Object.entries(clusters)), bases };
  } catch {
    return { clusters: new Map(), bases: undefined };
  }
}
interface Kept {
  readonly clusters: Readonly<Record<string, Stored>>;
  readonly bases?: string;
}

/** Keeps it for the next run, which is merely slower where it cannot be written. */
export function writeMemory(root: string, known: ReadonlyMap<string, Fresh | Stored>): void {
  const bases = digestOf(root, basesInventory);
  const used = new Set([...known.values()].flatMap((each) => each.bases));
  const clusters = [...known].flatMap(([name, each]): [string, Stored][] => {
    const inventory = "inventory" in each ? each.inventory : digestOf(root, inventoryFile(name));
    return inventory === undefined ? [] : [[name, { ...each, inventory }]];
  });
  const kept: Kept = {
    ...(bases === undefined ? {} : { bases: basesFingerprint(used, bases) }),
    clusters: Object.fromEntries(clusters),
  };
  const text = `${JSON.stringify(kept)}\n`;
  try {
    if (readText(join(root, cacheFile)) !== text) writeFileSync(join(root, cacheFile), text);
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
