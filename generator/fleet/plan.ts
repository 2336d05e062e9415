import { basesInventory, inventoryFile } from "../base/layout.ts";
import { catalogue } from "../components/index.ts";
import { hasErrors, type Issue } from "../issues/issue.ts";
import { type BaseLibrary, sharedLibrary } from "../render/cluster.ts";
import { taggedImages } from "../render/images.ts";
import { apply } from "../tree/apply.ts";
import { isIntact, withTargets } from "../tree/disk.ts";
import { type Plan, plan } from "../tree/plan.ts";
import type { Scope } from "../tree/tree.ts";
import { alike, type Found } from "./alike.ts";
import { areCurrent, basesOn, basesScope, sharedBases } from "./bases.ts";
import { byTag } from "./by-tag.ts";
import { type Fresh, isCurrent, type Stored, writeMemory } from "./memory.ts";
import { noClusters, unknownCluster } from "./no-cluster.ts";
import { judge, rendering, type Summary, scopeOf, scopeWith, summaryOf } from "./one-cluster.ts";
import { withPlace } from "./place.ts";
import { type Before, type Input, readDisk, readInputs } from "./read.ts";
import { recordedOf } from "./recorded.ts";
import { filled, namesOf, templates } from "./templates.ts";

/** What a run is about. */
export interface Request {
  /** Clusters to write. Without it all of them, and the files of clusters that are gone are removed. */
  readonly only?: readonly string[];
  /** Builds everything again, whatever earlier runs knew: the answer follows from the files alone. */
  readonly everything?: boolean;
  /** Folder of its repository that the fleet lies in; not asked where nobody knows it. */
  readonly path?: string | undefined;
  /** Told of each cluster before it is built. */
  readonly progress?: (name: string, done: number, of: number) => void;
}

/** The clusters of a run, and the plan that brings their files in line; the plan is undefined when the input is wrong. */
export interface Outcome {
  readonly summaries: readonly Summary[];
  readonly plan: Plan | undefined;
  readonly issues: readonly Issue[];
  /** What makes the next run fast; kept when the plan has been applied. */
  readonly memory: ReadonlyMap<string, Fresh | Stored>;
  /** All clusters were looked at. */
  readonly whole: boolean;
}

/** From the files of a fleet to the plan. Nothing is written. */
export function planFleet(
  root: string,
  { only, everything = false, path, progress = () => {} }: Request = {},
): Outcome {
  const before = readDisk(root, everything);
  const inputs = readInputs(before, only);
  const library = sharedLibrary(catalogue);
  const build = builder(before, library, path);
  const built = inputs.map((input, index) => {
    progress(input.name, index, inputs.length);
    return build(input);
  });

  const right = built.filter((each) => each.kind !== "wrong");
  const summaries = right.map(({ known }) => known.summary);
  const memory = new Map([...leftAlone(before, inputs), ...right.map(({ name, known }) => [name, known] as const)]);
  const said = [...before.issues, ...built.flatMap(({ issues }) => issues), ...absent(only ?? [], before)];
  const whole = only === undefined;
  if (hasErrors(said)) return { summaries, memory, whole, plan: undefined, issues: said };

  const used = new Set([
    ...right.flatMap(({ known }) => known.bases),
    ...(only === undefined ? [] : basesOn(before.disk)),
  ]);
  const wanted = [
    ...right.flatMap((each) => (each.kind === "unchanged" ? [] : each.scope)),
    ...(only === undefined ? gone(before) : []),
    ...(areCurrent(used, before.disk, before.memory) ? [] : [basesScope(used, catalogue, library)]),
  ];
  const planned = plan(withTargets(before.disk, wanted), wanted);
  const shared = inputs.length < before.clusters.length ? sharedBases(planned) : [];
  const issues = [...said, ...planned.issues, ...shared];
  if (hasErrors(issues)) return { summaries, memory, whole, plan: undefined, issues };
  // Nothing to think of while something else keeps the run from its end.
  const tagged = byTag(right.map(({ known }) => known));
  return { summaries, memory, whole, plan: planned, issues: [...issues, ...tagged] };
}

/** Writes what was planned; returns what kept it from doing so. */
export function writeFleet(root: string, { plan, memory, whole }: Outcome): readonly Issue[] {
  const issues = apply(root, plan!);
  if (!hasErrors(issues)) writeMemory(root, memory, whole);
  return issues;
}

/** What came of one cluster. */
type Built = { readonly name: string; readonly issues: readonly Issue[] } & (
  | { readonly kind: "wrong" }
  /** Its input and its files are as the last run left them. */
  | { readonly kind: "unchanged"; readonly known: Stored }
  /** Its names were put into a template, or it was rendered. */
  | { readonly kind: "filled" | "rendered"; readonly known: Fresh; readonly scope: Scope }
);

/** Builds one cluster after the other; what clusters have in common is made once. */
function builder({ disk, memory }: Before, library: BaseLibrary, path: string | undefined): (input: Input) => Built {
  const templateFor = templates(catalogue, library);
  const others = alike(catalogue);
  return (input) => {
    const { name, file, text, versions, secretFiles, fingerprint, issues: unreadable } = input;
    if (text === undefined) return { kind: "wrong", name, issues: unreadable };
    const inventory = inventoryFile(name);
    const found = disk.found.get(inventory);
    const last = memory.clusters.get(name);
    if (last !== undefined && found?.kind === "file" && isCurrent(last, fingerprint, found.digest))
      if (isIntact(disk, inventory)) return { kind: "unchanged", name, known: last, issues: last.issues };

    const { value: before, issues: unrecorded } = recordedOf(disk, name);
    if (hasErrors(unrecorded)) return { kind: "wrong", name, issues: unrecorded };
    const like = others.find(input, before);
    if (like !== undefined) return fill(name, fingerprint, like);
    const judged = withPlace(judge({ name, file, text, versions, catalogue, before }), path, before !== undefined);
    if (hasErrors(judged.issues)) return { kind: "wrong", name, issues: judged.issues };
    const summary = summaryOf(judged);
    const { spec } = judged.model!;
    const template = templateFor(judged.model!, secretFiles);
    if (template !== undefined) {
      const own = { summary, issues: judged.issues, template };
      others.keep(input, before, { ...own, spec });
      return fill(name, fingerprint, { ...own, names: namesOf(spec) });
    }
    const cluster = rendering(judged, library, secretFiles);
    const { issues } = cluster;
    if (hasErrors(issues)) return { kind: "wrong", name, issues };
    const bases = cluster.rendered!.bases.map(({ directory }) => directory);
    const tagged = taggedImages(cluster.rendered!.renders);
    const known = { input: fingerprint, summary, bases, tagged, issues };
    return { kind: "rendered", name, scope: scopeOf(cluster), known, issues };
  };
}

/** A cluster whose names are put into a template. */
function fill(name: string, fingerprint: string, { template, names, summary, issues }: Found): Built {
  const cluster = filled(template, names);
  const { bases, tagged } = cluster;
  const known = { input: fingerprint, summary, bases, tagged, issues };
  return { kind: "filled", name, scope: scopeWith(name, cluster), known, issues };
}

/** What is known of clusters that this run does not look at. */
const leftAlone = ({ clusters, memory }: Before, inputs: readonly Input[]): [string, Stored][] =>
  [...memory.clusters].filter(([name]) => clusters.includes(name) && !inputs.some((input) => input.name === name));

/** Scopes of clusters whose cluster.yaml is gone: without files, so that theirs go too. */
const gone = ({ inventories, clusters }: Before): Scope[] =>
  inventories
    .filter((inventory) => inventory !== basesInventory && !clusters.map(inventoryFile).includes(inventory))
    .map((inventory) => ({ name: inventory.split("/")[1]!, inventory, files: new Map<string, string>() }));

/** Clusters that were asked for and are not there. */
const absent = (only: readonly string[], { clusters, inventories }: Before): Issue[] =>
  clusters.length === 0 && inventories.length === 0
    ? [noClusters]
    : only.filter((name) => !clusters.includes(name)).map((name) => unknownCluster(name, clusters));
