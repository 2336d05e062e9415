import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { basesInventory, inventoryFile } from "../base/layout.ts";
import { type Checked, type Issue, warning } from "../issues/issue.ts";
import { cannotRead } from "../issues/system.ts";
import { changedSince, type FileVersions, fileVersions } from "./file-versions.ts";
import { type Inventory, parseInventory } from "./inventory.ts";
import { type Journal, readJournal } from "./journal.ts";
import { livingRun } from "./lock.ts";
import { workFiles } from "./paths.ts";
import { type Found, reader } from "./reader.ts";
import type { Scope } from "./tree.ts";

/** The disk as far as the scopes of a run are concerned. */
export interface Disk {
  readonly root: string;
  /** Path of each inventory that was asked for -> what it says, undefined when there is none. */
  readonly inventories: ReadonlyMap<string, Inventory | undefined>;
  /** What lies at each path that was looked at, undefined when nothing does. */
  readonly found: ReadonlyMap<string, Found | undefined>;
  readonly journal: Journal;
  readonly versions: FileVersions;
  /** True when an earlier run left something behind, or a run is under way. */
  readonly unfinished: boolean;
  readonly issues: readonly Issue[];
}

/** Paths of all inventories of the repository, also of clusters that have no cluster.yaml any more; warns of overlays that lost theirs. */
export function findInventories(root: string): Checked<readonly string[]> {
  try {
    const { value: journal, issues } = readJournal(root);
    const clusters = foldersIn(root, "clusters").map((name) => inventoryFile(name));
    const there = [basesInventory, ...clusters].filter((path) => existsSync(join(root, path)));
    const inventories = [...new Set([...there, ...(journal?.keys() ?? [])])].sort();
    const lost = foldersIn(root, "overlays").filter(
      (name) => !inventories.includes(inventoryFile(name)) && !existsSync(join(root, "clusters", name, "cluster.yaml")),
    );
    return { value: inventories, issues: [...issues, ...lost.map(withoutCluster)] };
  } catch (error) {
    return { value: undefined, issues: [cannotRead((error as NodeJS.ErrnoException).path ?? root, error)] };
  }
}

/** Reads the inventories named, and each file that they or an interrupted run's journal list. */
export function readScopes(root: string, inventories: readonly string[]): Disk {
  const { look } = reader(root);
  const versions = fileVersions(root, inventories);
  const journal = readJournal(root);
  const issues = [...journal.issues];
  const found = new Map<string, Found | undefined>();
  const read = new Map<string, Inventory | undefined>();
  for (const file of inventories) {
    found.set(file, look(file));
    const inventory = readInventory(root, file, found.get(file));
    issues.push(...inventory.issues);
    read.set(file, inventory.value);
    const listed = [...(inventory.value?.files.keys() ?? []), ...(journal.value?.get(file)?.keys() ?? [])];
    for (const path of listed) if (!found.has(path)) found.set(path, look(path));
  }
  const unfinished = workFiles.some((name) => look(name) !== undefined);
  return { root, inventories: read, found, journal: journal.value ?? new Map(), versions, unfinished, issues };
}

/**
 * The same, and what lies at the paths that the scopes want. Reading takes no lock: when another run was at work at the
 * same time, that is the only Issue, for its half of the files would look like edits.
 */
export function withTargets(disk: Disk, scopes: readonly Scope[]): Disk {
  const { look } = reader(disk.root);
  const found = new Map(disk.found);
  for (const { files } of scopes) {
    for (const path of files.keys()) if (!found.has(path)) found.set(path, look(path));
  }
  const locked = livingRun(disk.root);
  const unsettled = locked === undefined ? changedSince(disk.root, disk.versions) : [locked];
  return { ...disk, found, issues: unsettled.length > 0 ? unsettled : disk.issues };
}

/** True when all files of the inventory are on disk as they were written: with the same input there is nothing to do. */
export function isIntact(disk: Disk, inventory: string): boolean {
  const files = disk.inventories.get(inventory)?.files;
  if (files === undefined || disk.journal.has(inventory)) return false;
  return [...files].every(([path, sum]) => {
    const there = disk.found.get(path);
    return there?.kind === "file" && there.digest === sum;
  });
}

function readInventory(root: string, file: string, found: Found | undefined): Checked<Inventory> {
  if (found?.kind !== "file") return { value: undefined, issues: found?.kind === "blocked" ? [found.issue] : [] };
  try {
    return parseInventory(file, readFileSync(join(root, file), "utf8"));
  } catch (error) {
    return { value: undefined, issues: [cannotRead(file, error)] };
  }
}

function foldersIn(root: string, folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

const withoutCluster = (name: string): Issue =>
  warning(
    "overlays-without-cluster",
    `overlays/${name} belongs to no cluster: clusters/${name} has neither a cluster.yaml nor an inventory`,
    `If the cluster is gone: git rm -r overlays/${name}. To be removed by overstack, delete only a cluster's cluster.yaml, then generate.`,
    { file: `overlays/${name}` },
  );
