import { hash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { basesInventory, inventoryFile } from "../base/layout.ts";
import type { Issue } from "../issues/issue.ts";
import { digest } from "../tree/inventory.ts";
import { cacheFile } from "../tree/paths.ts";
import type { Summary } from "./one-cluster.ts";

/** What the last run knew of a cluster; with the same input and untouched files there is nothing to build. */
export interface Cached {
  /** Fingerprint of the generator and of cluster.yaml. */
  readonly input: string;
  /** Digest of the inventory that the run left; undefined until it has been written. */
  readonly inventory?: string;
  readonly summary: Summary;
  /** Directories of the bases that its overlays use. */
  readonly bases: readonly string[];
  /** Warnings, to be given again. */
  readonly issues: readonly Issue[];
}

/** What the last run knew. */
export interface Cache {
  readonly clusters: ReadonlyMap<string, Cached>;
  /** Fingerprint of the generator, the bases in use and their inventory; undefined until it has been written. */
  readonly bases?: string | undefined;
}
export const emptyCache: Cache = { clusters: new Map() };

/** True when a build would give what the last one gave; the caller sees to it that the files are untouched. */
export const isCurrent = (cached: Cached, input: Uint8Array, inventory: string): boolean =>
  cached.inventory === inventory && cached.input === fingerprint(input);

/** Names the bases of all clusters, as the run that left this inventory wrote them. */
export const basesFingerprint = (used: Iterable<string>, inventory: string): string =>
  fingerprint(Buffer.from(JSON.stringify([[...used].sort(), inventory])));

/** Of the generator's own files and of a cluster.yaml. */
export const fingerprint = (input: Uint8Array): string => hash("sha256", Buffer.concat([generator(), input]), "hex");

/** Reads the cache beside the fleet; one that is missing or damaged is empty, for it only saves time. */
export function readCache(root: string): Cache {
  try {
    const { clusters, bases } = JSON.parse(readFileSync(join(root, cacheFile), "utf8")) as Stored;
    return { clusters: new Map(Object.entries(clusters)), bases };
  } catch {
    return emptyCache;
  }
}
interface Stored {
  readonly clusters: Readonly<Record<string, Cached>>;
  readonly bases?: string;
}

/** Keeps it for the next run; without the right to write, the next run is merely slower. */
export function writeCache(root: string, cache: Cache): void {
  const used = [...cache.clusters.values()].flatMap(({ bases }) => bases);
  const bases = digestOf(root, basesInventory);
  const stored: Stored = {
    ...(bases === undefined ? {} : { bases: basesFingerprint(new Set(used), bases) }),
    clusters: Object.fromEntries(
      [...cache.clusters].map(([name, cached]) => {
        const inventory = digestOf(root, inventoryFile(name));
        return [name, { ...cached, ...(inventory === undefined ? {} : { inventory }) }];
      }),
    ),
  };
  const text = `${JSON.stringify(stored)}\n`;
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
