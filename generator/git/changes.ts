import { byKey } from "../base/data.ts";
import { isSecretFile, secretsFolder } from "../base/layout.ts";
import { count } from "../base/words.ts";
import { differences, plainly } from "./differences.ts";
import { enumerate, type Message, messageOf } from "./message.ts";

/** One path of the fleet's tree that differs from the last commit; `path` is relative to the fleet's root. */
export interface Change {
  readonly path: string;
  readonly kind: "added" | "modified" | "deleted";
}

/** What a cluster.yaml said in the last commit, and what it says now. */
export interface Texts {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** What happened to something that has a name: an instance, a key of cluster.yaml, a file. */
export interface Item {
  readonly name: string;
  readonly verb: "add" | "change" | "remove";
  /** One phrase for each thing that changed; empty where the verb says it all. */
  readonly details: readonly string[];
  /** False for what merely follows from another change. */
  readonly isCause: boolean;
}

/** All that happened to one cluster. */
export interface ClusterChange {
  readonly name: string;
  readonly verb: Item["verb"];
  readonly keys: readonly Item[];
  readonly instances: readonly Item[];
  /** Objects of the delivery engine, and what else lies in the cluster's directory. */
  readonly others: readonly Item[];
}

/** All that happened to a fleet. */
export interface FleetChange {
  readonly clusters: readonly ClusterChange[];
  readonly bases: readonly Item[];
  readonly others: readonly Item[];
}

/** Commit message for changed paths; `texts` of a cluster is looked at where its cluster.yaml is among them. */
export const describe = (changes: readonly Change[], texts: ReadonlyMap<string, Texts> = new Map()): Message =>
  messageOf(fleetChange(changes, texts));

/** Sorts changed paths by cluster and instance. */
function fleetChange(changes: readonly Change[], texts: ReadonlyMap<string, Texts>): FleetChange {
  const ofCluster = ({ path }: Change): string => /^(?:clusters|overlays)\/([^/]+)\//.exec(path)?.[1] ?? "";
  const { "": elsewhere = [], ...clusters } = groupBy(changes, ofCluster);
  const ofBase = ({ path }: Change): string => /^bases\/([^/]+\/[^/]+)\//.exec(path)?.[1] ?? "";
  const { "": others = [], ...bases } = groupBy(elsewhere, ofBase);
  return {
    clusters: sortedEntries(clusters).map(([name, own]) => clusterChange(name, own, texts.get(name) ?? {})),
    bases: sortedEntries(bases).map(([name, own]) => folderItem(name, `bases/${name}/`, "run/kustomization.yaml", own)),
    others: others
      .filter(({ path }) => changes.length === 1 || !isInventory(path))
      .map(({ path, kind }) => fileItem(path, kind)),
  };
}

function clusterChange(name: string, changes: readonly Change[], texts: Texts): ClusterChange {
  const overlays = `overlays/${name}/`;
  const home = `clusters/${name}/`;
  const input = changes.find(({ path }) => path === `${home}cluster.yaml`);
  const said = input?.kind === "modified" ? differences(texts.before, texts.after) : differences(undefined, undefined);
  const secrets = `${secretsFolder(name)}/`;
  const isSecret = ({ path }: Change): boolean => path.startsWith(secrets) && isSecretFile(path.slice(secrets.length));
  const isOverlay = (change: Change): boolean => change.path.startsWith(overlays) && !isSecret(change);
  const folders = groupBy(changes.filter(isOverlay), ({ path }) => path.slice(overlays.length).split("/")[0]!);
  const instances = [...new Set([...Object.keys(folders), ...said.instances.keys()])].sort().map((instance): Item => {
    const item = folderItem(instance, `${overlays}${instance}/`, "kustomization.yaml", folders[instance] ?? []);
    const settings = said.instances.get(instance);
    return settings === undefined || item.verb !== "change" ? item : { ...item, details: settings, isCause: true };
  });
  const keys = [...said.head].map(([key, details]): Item => ({ name: key, verb: "change", details, isCause: true }));
  const rest = changes.filter(({ path }) => path.startsWith(home) && path !== input?.path && !isInventory(path));
  const engines = groupBy(rest, ({ path }) => /^(flux|argocd)\//.exec(path.slice(home.length))?.[1] ?? "");
  const { "": files = [], ...delivery } = engines;
  const others = [
    // Each by its name: a file of another's making looks like one that was rotated.
    ...changes
      .filter(isSecret)
      .map(({ path, kind }) => fileItem(path.slice(overlays.length).replace(/\.yaml$/, ""), kind)),
    ...sortedEntries(delivery).map(([engine, own]) => engineItem(home, engine, own)),
    ...files.map(({ path, kind }) => fileItem(path.slice(home.length), kind)),
  ];
  // A comment, or the order of keys.
  const nothing = keys.length + instances.length + others.length === 0;
  return {
    name,
    verb: input === undefined ? "change" : verbs[input.kind],
    keys,
    instances,
    others: nothing ? [fileItem(input === undefined ? "inventory.json" : "cluster.yaml", "modified")] : others,
  };
}

/** A folder of generated files; it comes and goes with the file that marks it. */
function folderItem(name: string, folder: string, mark: string, changes: readonly Change[]): Item {
  const kind = changes.find(({ path }) => path === `${folder}${mark}`)?.kind ?? "modified";
  if (kind !== "modified" && changes.every((change) => change.kind === kind))
    return { name, verb: verbs[kind], details: [], isCause: true };
  return { name, verb: "change", details: [summary(folder, changes)], isCause: false };
}

/** `expand and run phases, 5 files` */
function summary(folder: string, changes: readonly Change[]): string {
  const found = changes.flatMap(({ path }) => /(?:^|\/)(expand|run|contract)\//.exec(path.slice(folder.length)) ?? []);
  const phases = ["expand", "run", "contract"].filter((phase) => found.includes(phase));
  const files = count(changes.length, "file");
  return phases.length === 0 ? files : `${enumerate(phases)} phase${phases.length > 1 ? "s" : ""}, ${files}`;
}

/** Objects of the delivery engine; details are the number of files, however many steps they are. */
function engineItem(home: string, name: string, changes: readonly Change[]): Item {
  const { verb } = folderItem(name, `${home}${name}/`, "root.yaml", changes);
  return { name, verb, details: [count(changes.length, "file")], isCause: false };
}

const fileItem = (path: string, kind: Change["kind"]): Item => ({
  name: plainly(path),
  verb: verbs[kind],
  details: [],
  isCause: true,
});

const verbs = { added: "add", modified: "change", deleted: "remove" } as const;

/** They change with every other file of their scope. */
const isInventory = (path: string): boolean => /^(bases|clusters\/[^/]+)\/inventory\.json$/.test(path);

const sortedEntries = <T>(record: Readonly<Record<string, T>>): [string, T][] => Object.entries(record).sort(byKey);

function groupBy(changes: readonly Change[], keyOf: (change: Change) => string): Record<string, readonly Change[]> {
  const groups = Object.groupBy(changes, keyOf);
  return groups as Record<string, readonly Change[]>;
}
