import { clusterFile, inventoryFile, versionsFile } from "../base/layout.ts";
import { catalogue as builtIn } from "../components/index.ts";
import type { Catalogue } from "../contract/component.ts";
import { stepsOf, writeDelivery } from "../delivery/write.ts";
import { type Parsed, parseCluster } from "../input/cluster.ts";
import { checkVersions, parseVersions, type ReadVersions } from "../input/versions.ts";
import { located, type Source } from "../input/yaml/positions.ts";
import { hasErrors, type Issue } from "../issues/issue.ts";
import { checkLiving, type RecordedState, recordedState } from "../model/living.ts";
import type { Model, Recorded } from "../model/model.ts";
import { resolve } from "../model/resolve.ts";
import { checkImages } from "../model/versions.ts";
import { type BaseLibrary, type RenderedCluster, renderCluster, sharedLibrary } from "../render/cluster.ts";
import { contextOf } from "../render/context.ts";
import type { Scope } from "../tree/tree.ts";

/** One cluster, as far as it got. */
export interface Cluster {
  readonly name: string;
  readonly file: string;
  readonly source: Source;
  readonly model: Model | undefined;
  readonly rendered: RenderedCluster | undefined;
  readonly issues: readonly Issue[];
}

/** A cluster in a few words. */
export interface Summary {
  readonly name: string;
  readonly profile: string;
  readonly release: string;
  readonly engine: string;
  /** In dependency order. */
  readonly instances: readonly string[];
  readonly namespaces: readonly string[];
}

/** The few words; the cluster must have been rendered. */
export function summaryOf({ name, model }: Cluster): Summary {
  const { spec, instances, namespaces } = model!;
  return {
    name,
    profile: spec.profile,
    release: spec.release,
    engine: spec.delivery.engine,
    instances: instances.map((instance) => instance.name),
    namespaces: namespaces.map((namespace) => namespace.name),
  };
}

/** What one cluster is judged by. */
export interface Sources {
  readonly name: string;
  readonly text: string | Uint8Array;
  /** Its versions.yaml, where there is one. */
  readonly versions?: string | Uint8Array | undefined;
  /** Default: the one of that name in a fleet. */
  readonly file?: string;
  /** Default: the components of this program. */
  readonly catalogue?: Catalogue;
  /** What the run before recorded of living data. */
  readonly before?: RecordedState | undefined;
  /** The part of it that decides what there is. Default: that of `before`, without which no change of living data is reported. */
  readonly recorded?: Recorded | undefined;
}

/** One cluster from the text of its cluster.yaml: parsed, resolved, checked against what lives, rendered. */
export function buildFrom({
  library,
  secretFiles = [],
  ...sources
}: Sources & { readonly library?: BaseLibrary; readonly secretFiles?: readonly string[] }): Cluster {
  const judged = judge(sources);
  if (judged.model === undefined || hasErrors(judged.issues)) return judged;
  return rendering(judged, library ?? sharedLibrary(sources.catalogue ?? builtIn), secretFiles);
}

/** A cluster without errors, rendered; a rendering with errors lacks what was refused, and is not kept. */
export function rendering(judged: Cluster, library: BaseLibrary, secretFiles: readonly string[]): Cluster {
  const rendered = renderCluster(judged.model!, library, secretFiles);
  return {
    ...judged,
    rendered: hasErrors(rendered.issues) ? undefined : rendered,
    issues: inOrder([...judged.issues, ...rendered.issues.map((issue) => located(judged.source, issue))]),
  };
}

/** Everything but the rendering: what cluster.yaml says, what we make of it, and what is wrong with it. */
export function judge({
  name,
  text,
  file = clusterFile(name),
  catalogue = builtIn,
  before,
  ...rest
}: Sources): Cluster {
  const { recorded = before?.instances } = rest;
  const parsed = parseCluster(file, text, catalogue);
  const read = rest.versions === undefined ? undefined : parseVersions(versionsFile(name), rest.versions);
  const { source, issues: parseIssues } = parsed;
  const spec =
    parsed.spec === undefined || read === undefined ? parsed.spec : { ...parsed.spec, versions: read.versions };
  if (spec === undefined) {
    const issues = inOrder([
      ...parseIssues,
      ...remainingIssues(parsed, catalogue).map((issue) => located(source, issue)),
    ]).concat(read?.issues ?? []);
    return { name, file, source, model: undefined, rendered: undefined, issues };
  }
  const { model, issues: modelIssues } = resolve(spec, catalogue, undefined, recorded);
  const living = before === undefined ? [] : checkLiving(before, recordedStateOf(model), spec);
  const ofVersions = read === undefined ? [] : versionIssues(read, model);
  const issues = inOrder([
    ...parseIssues,
    ...[...modelIssues, ...living].map((issue) => located(source, issue)),
  ]).concat(ofVersions);
  return { name, file, source, model, rendered: undefined, issues };
}

/** What is wrong in versions.yaml, in its order. */
const versionIssues = ({ versions, source, issues }: ReadVersions, model: Model): Issue[] =>
  inOrder([
    ...issues,
    ...[...checkVersions(versions, model.spec), ...checkImages(versions, model)].map((issue) => located(source, issue)),
  ]);

/** What is wrong in addition to the mistakes already found; nothing that may only follow from them. */
function remainingIssues({ draft, mayFollowFrom, issues }: Parsed, catalogue: Catalogue): Issue[] {
  const lostInstance = issues.some(({ severity, path = [] }) => severity === "error" && path.length === 2);
  if (draft === undefined || lostInstance) return [];
  return resolve(draft, catalogue).issues.filter(({ path = [] }) => !mayFollowFrom(path));
}

const inOrder = (issues: readonly Issue[]): Issue[] =>
  [...issues].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));

/** What the next run needs to know about this one. */
export const recordedStateOf = (model: Model): RecordedState =>
  recordedState(model, (instance) => instance.component.data?.(contextOf(instance, model)) ?? []);

/** The same as it stands in the cluster's inventory. */
export const recordedText = (model: Model): string => JSON.stringify(recordedStateOf(model));

/** The scope of a rendered cluster. */
export function scopeOf(cluster: Cluster): Scope {
  const { model, rendered } = cluster;
  const steps = stepsOf(model!, rendered!.renders, rendered!.hasSecrets);
  const files = new Map([...rendered!.files, ...writeDelivery(model!, steps)]);
  return scopeWith(cluster.name, { files, facts: recordedText(model!) });
}

/** The scope of a cluster whose files are known. */
export const scopeWith = (
  name: string,
  { files, facts }: { readonly files: Scope["files"]; readonly facts: string },
): Scope => ({ name, inventory: inventoryFile(name), files, facts: JSON.parse(facts) });
