import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { basesInventory, clusterFile, inventoryFile } from "../base/layout.ts";
import { catalogue as builtIn } from "../components/index.ts";
import type { Catalogue } from "../contract/component.ts";
import type { Release } from "../contract/release.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import { error, hasErrors, type Issue } from "../issues/issue.ts";
import type { RecordedState } from "../model/living.ts";
import { type BaseLibrary, baseLibrary } from "../render/cluster.ts";
import { schemaFile, schemaText } from "../scaffold/schema.ts";
import { secretFilesOf } from "../secrets/files.ts";
import { apply } from "../tree/apply.ts";
import { type Disk, findInventories, isIntact, readScopes, withTargets } from "../tree/disk.ts";
import { type Plan, plan } from "../tree/plan.ts";
import type { Scope } from "../tree/tree.ts";
import {
  basesFingerprint,
  type Cache,
  type Cached,
  emptyCache,
  fingerprint,
  isCurrent,
  readCache,
  writeCache,
} from "./memory.ts";
import { noClusters, unknownCluster } from "./no-cluster.ts";
import { judge, rendering, type Summary, scopeOf, scopeWith, summaryOf } from "./one-cluster.ts";
import { shapes } from "./templates.ts";

/** What a run is about. */
export interface Request {
  readonly catalogue?: Catalogue;
  /** Clusters to write. Without it all of them, and the files of clusters that are gone are removed. */
  readonly only?: readonly string[];
  /** Told of each cluster before it is built. */
  readonly progress?: (name: string, done: number, of: number) => void;
}

/** The clusters of a run, and the plan that brings their files in line; the plan is undefined when the input is wrong. */
export interface Outcome {
  readonly summaries: readonly Summary[];
  readonly plan: Plan | undefined;
  readonly issues: readonly Issue[];
  /** What makes the next run fast; kept when the plan has been applied. */
  readonly cache: Cache;
}

/** From the files of a fleet to the plan. Nothing is written. */
export function planFleet(root: string, request: Request = {}): Outcome {
  const { catalogue = builtIn, only, progress = () => {} } = request;
  const names = clusterNames(root);
  const inventories = findInventories(root);
  const known = inventories.value ?? [];
  const disk = readScopes(root, [...new Set([basesInventory, ...known, ...names.map(inventoryFile)])]);
  const library = baseLibrary(catalogue);
  const shape = shapes(catalogue, library);
  const cache = catalogue === builtIn ? readCache(root) : emptyCache;

  const chosen = names.filter((name) => only === undefined || only.includes(name));
  const results = chosen.map((name, index) => {
    progress(name, index, chosen.length);
    return produce({ root, name, disk, catalogue, library, shape, last: cache.clusters.get(name) });
  });
  const summaries = results.flatMap(({ cached }) => cached?.summary ?? []);
  const kept = [...cache.clusters].filter(([name]) => names.includes(name) && !chosen.includes(name));
  const fresh = results.flatMap(({ name, cached }): [string, Cached][] =>
    cached === undefined ? [] : [[name, cached]],
  );
  const outcome = { summaries, cache: { clusters: new Map([...kept, ...fresh]) } };
  const said = [...inventories.issues, ...results.flatMap(({ issues }) => issues), ...absent(only ?? [], names, known)];
  if (hasErrors(said)) return { ...outcome, plan: undefined, issues: said };

  const used = [...results.flatMap(({ cached }) => cached!.bases), ...(only === undefined ? [] : basesOn(disk))];
  const scopes = [
    ...results.flatMap(({ scope }) => scope ?? []),
    ...(only === undefined ? leftovers(known, names) : []),
    ...(areCurrent(used, disk, cache) ? [] : [basesScope(new Set(used), catalogue, library)]),
  ];
  const planned = plan(withTargets(disk, scopes), scopes);
  const issues = [...said, ...planned.issues, ...(chosen.length < names.length ? sharedBases(planned) : [])];
  return { ...outcome, plan: hasErrors(issues) ? undefined : planned, issues };
}

/** Writes what was planned; returns what kept it from doing so. */
export function writeFleet(root: string, { plan, cache }: Outcome): readonly Issue[] {
  const issues = apply(root, plan!);
  if (!hasErrors(issues)) writeCache(root, cache);
  return issues;
}

/** Clusters that have a cluster.yaml, sorted. */
export const clusterNames = (root: string): string[] =>
  existsSync(join(root, "clusters"))
    ? readdirSync(join(root, "clusters"), { withFileTypes: true })
        .filter((entry) => entry.isSymbolicLink() || (entry.isDirectory() && hasClusterFile(root, entry.name)))
        .map(({ name }) => name)
        .sort()
    : [];

interface Result {
  readonly name: string;
  readonly scope?: Scope;
  /** Undefined when the input is wrong. */
  readonly cached: Cached | undefined;
  readonly issues: readonly Issue[];
}
interface Task {
  readonly root: string;
  readonly name: string;
  readonly disk: Disk;
  readonly catalogue: Catalogue;
  readonly library: BaseLibrary;
  readonly shape: ReturnType<typeof shapes>;
  readonly last: Cached | undefined;
}

/** Builds a cluster, unless its input and its files are as the last run left them. */
function produce({ root, name, disk, catalogue, library, shape, last }: Task): Result {
  const file = clusterFile(name);
  const inventory = inventoryFile(name);
  const read = readClusterFile(root, file);
  if (read.value === undefined) return { name, cached: undefined, issues: read.issues };
  const found = disk.found.get(inventory);
  const secretFiles = secretFilesOf(root, name);
  const input = Buffer.concat([read.value, Buffer.from(JSON.stringify(secretFiles))]);
  if (last !== undefined && found?.kind === "file" && isCurrent(last, input, found.digest))
    if (isIntact(disk, inventory)) return { name, cached: last, issues: last.issues };
  const before = disk.inventories.get(inventory)?.facts as RecordedState | undefined;
  const judged = judge(file, name, read.value, catalogue, before);
  if (hasErrors(judged.issues)) return { name, cached: undefined, issues: judged.issues };
  const shaped = shape(judged.model!, secretFiles);
  const cluster = shaped === undefined ? rendering(judged, library, secretFiles) : judged;
  const { issues } = cluster;
  if (hasErrors(issues)) return { name, cached: undefined, issues };
  const bases = shaped?.bases ?? cluster.rendered!.bases.map(({ directory }) => directory);
  return {
    name,
    scope: shaped === undefined ? scopeOf(cluster) : scopeWith(cluster, shaped.files),
    cached: { input: fingerprint(input), summary: summaryOf(cluster), bases, issues },
    issues,
  };
}

/** Directories of bases that earlier runs wrote: clusters that this run leaves alone may be using them. */
const basesOn = ({ inventories }: Disk): string[] =>
  [...(inventories.get(basesInventory)?.files.keys() ?? [])]
    .filter((path) => path.startsWith("bases/"))
    .map((path) => path.split("/").slice(0, 3).join("/"));

/** True when the bases are those that the last run left. */
function areCurrent(used: readonly string[], disk: Disk, cache: Cache): boolean {
  const found = disk.found.get(basesInventory);
  return (
    found?.kind === "file" &&
    cache.bases === basesFingerprint(new Set(used), found.digest) &&
    isIntact(disk, basesInventory)
  );
}

function basesScope(used: ReadonlySet<string>, catalogue: Catalogue, library: BaseLibrary): Scope {
  const files = [...used].sort().flatMap((directory) => {
    const [, release, name] = directory.split("/");
    const component = catalogue.get(name!);
    return component === undefined ? [] : [...library(release as Release, component).files];
  });
  return {
    name: "bases",
    inventory: basesInventory,
    files: new Map([...files, [schemaFile, schemaText(catalogue)] as const]),
  };
}

/** Scopes of clusters whose cluster.yaml is gone: without files, so that theirs go too. */
const leftovers = (known: readonly string[], names: readonly string[]): Scope[] =>
  known
    .filter((inventory) => inventory !== basesInventory && !names.map(inventoryFile).includes(inventory))
    .map((inventory) => ({ name: inventory.split("/")[1]!, inventory, files: new Map<string, string>() }));

/** Overlays are computed against their bases: a base must not change under those that this run leaves alone. */
const sharedBases = ({ writes, deletes }: Plan): Issue[] =>
  [...writes, ...deletes]
    .filter(({ path, before }) => path.startsWith("bases/") && before !== undefined)
    .slice(0, 1)
    .map(({ path }) =>
      error(
        "shared-bases",
        `${path} would change, and clusters that were not named use it`,
        "Run without names: overstack generate.",
      ),
    );

/** Clusters that were asked for and are not there. */
const absent = (only: readonly string[], names: readonly string[], known: readonly string[]): Issue[] =>
  names.length === 0 && known.length === 0
    ? [noClusters]
    : only.filter((name) => !names.includes(name)).map((name) => unknownCluster(name, names));

/** Also when it is a link that leads nowhere: that is refused in words, not passed over. */
const hasClusterFile = (root: string, name: string): boolean =>
  lstatSync(join(root, "clusters", name, "cluster.yaml"), { throwIfNoEntry: false }) !== undefined;
