import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue as builtIn } from "./components/index.ts";
import { writeArgo } from "./delivery/argocd.ts";
import { writeFlux } from "./delivery/flux.ts";
import { stepsOf } from "./delivery/graph.ts";
import { hasErrors, type Issue } from "./issues.ts";
import type { Catalogue } from "./model/contract.ts";
import { checkLiving, type LivingFacts, livingFacts } from "./model/living.ts";
import type { Model } from "./model/model.ts";
import { resolve } from "./model/resolve.ts";
import { type BaseLibrary, baseLibrary, type RenderedCluster, renderCluster } from "./render/cluster.ts";
import { viewOf } from "./render/context.ts";
import { parseCluster } from "./spec/cluster.ts";
import type { Source } from "./spec/source.ts";
import { findInventories, readScopes, withTargets } from "./tree/disk.ts";
import { type Plan, plan } from "./tree/plan.ts";
import type { Scope } from "./tree/tree.ts";

/** One cluster, as far as it got. */
export interface Cluster {
  readonly name: string;
  readonly file: string;
  readonly source: Source;
  readonly model: Model | undefined;
  readonly rendered: RenderedCluster | undefined;
  readonly issues: readonly Issue[];
}

/** All clusters of a fleet, and the plan that brings its files in line; the plan is undefined when the input is wrong. */
export interface Outcome {
  readonly clusters: readonly Cluster[];
  readonly plan: Plan | undefined;
  readonly issues: readonly Issue[];
}

/** From the files of a fleet to the plan. Nothing is written. */
export function planFleet(root: string, catalogue: Catalogue = builtIn): Outcome {
  const names = clusterNames(root);
  const inventories = findInventories(root);
  const disk = readScopes(root, [
    ...new Set([basesInventory, ...(inventories.value ?? []), ...names.map(inventoryOf)]),
  ]);
  const library = baseLibrary(catalogue);
  const clusters = names.map((name) =>
    buildCluster(
      root,
      name,
      catalogue,
      library,
      disk.inventories.get(inventoryOf(name))?.facts as LivingFacts | undefined,
    ),
  );
  const issues = [...inventories.issues, ...clusters.flatMap((cluster) => cluster.issues)];
  if (names.length === 0 && (inventories.value ?? []).length === 0)
    issues.push({
      code: "no-cluster",
      severity: "error",
      message: "there is no clusters/<cluster>/cluster.yaml here",
      hint: "Run: overstack new cluster NAME, or go to the root of the fleet's repository.",
    });
  if (hasErrors(issues)) return { clusters, plan: undefined, issues };
  const gone = (inventories.value ?? []).filter(
    (path) => path !== basesInventory && !names.map(inventoryOf).includes(path),
  );
  const scopes: Scope[] = [
    ...clusters.map(scopeOf),
    ...gone.map((inventory) => ({ name: inventory.split("/")[1]!, inventory, files: new Map<string, string>() })),
    {
      name: "bases",
      inventory: basesInventory,
      files: new Map(clusters.flatMap(({ rendered }) => rendered!.bases.flatMap(({ files }) => [...files]))),
    },
  ];
  const planned = plan(withTargets(disk, scopes), scopes);
  return { clusters, plan: planned, issues: [...issues, ...planned.issues] };
}

/** One cluster of a fleet: parsed, resolved, checked against what lives, rendered. */
export function buildCluster(
  root: string,
  name: string,
  catalogue: Catalogue = builtIn,
  library: BaseLibrary = baseLibrary(catalogue),
  before?: LivingFacts,
): Cluster {
  const file = `clusters/${name}/cluster.yaml`;
  return buildFrom(file, name, readFileSync(join(root, file)), catalogue, library, before);
}

/** The same from a text. */
export function buildFrom(
  file: string,
  name: string,
  text: string | Uint8Array,
  catalogue: Catalogue = builtIn,
  library: BaseLibrary = baseLibrary(catalogue),
  before?: LivingFacts,
): Cluster {
  const { spec, source, issues: parseIssues } = parseCluster(file, text, catalogue);
  if (spec === undefined) return { name, file, source, model: undefined, rendered: undefined, issues: parseIssues };
  const { model, issues: modelIssues } = resolve(spec, catalogue);
  const living = before === undefined ? [] : checkLiving(before, factsOf(model), spec);
  const checked = [
    ...parseIssues,
    ...modelIssues.map((issue) => placed(issue, source)),
    ...living.map((issue) => placed(issue, source)),
  ];
  if (hasErrors(checked)) return { name, file, source, model, rendered: undefined, issues: checked };
  const rendered = renderCluster(model, library);
  return {
    name,
    file,
    source,
    model,
    rendered,
    issues: [...checked, ...rendered.issues.map((issue) => placed(issue, source))],
  };
}

/** What the next run needs to know about this one. */
export const factsOf = (model: Model): LivingFacts =>
  livingFacts(model, (instance) => instance.component.data?.(viewOf(instance, model).ctx as never) ?? []);

/** Files of a cluster's scope. */
export function scopeOf({ name, model, rendered }: Cluster): Scope {
  const steps = stepsOf(model!, rendered!.renders);
  const delivery = model!.spec.delivery.engine === "flux" ? writeFlux(model!, steps) : writeArgo(model!, steps);
  return {
    name,
    inventory: inventoryOf(name),
    files: new Map([...rendered!.files, ...delivery]),
    facts: JSON.parse(JSON.stringify(factsOf(model!))),
  };
}

/** Clusters that have a cluster.yaml, sorted. */
export const clusterNames = (root: string): string[] =>
  existsSync(join(root, "clusters"))
    ? readdirSync(join(root, "clusters"))
        .filter((name) => existsSync(join(root, "clusters", name, "cluster.yaml")))
        .sort()
    : [];

const basesInventory = "bases/inventory.json";
const inventoryOf = (name: string): string => `clusters/${name}/inventory.json`;

const placed = (issue: Issue, source: Source): Issue =>
  issue.line === undefined && issue.path !== undefined ? { ...issue, ...source.at(issue.path) } : issue;
