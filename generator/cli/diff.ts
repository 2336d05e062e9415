import { clusterFile, inventoryFile } from "../base/layout.ts";
import { type ClusterDiff, clusterDiff, type SecretChange } from "../diff/cluster-diff.ts";
import { diffMarkdown } from "../diff/markdown.ts";
import { diffText } from "../diff/text.ts";
import { unknownCluster } from "../fleet/no-cluster.ts";
import { buildFrom, type Cluster } from "../fleet/one-cluster.ts";
import { clusterNames } from "../fleet/read.ts";
import { recordedBy } from "../fleet/recorded.ts";
import { type InputChange, type RecordedCluster, revisionOf } from "../git/revision.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import { type Checked, error, hasErrors, type Issue } from "../issues/issue.ts";
import { secretFilesOf } from "../secrets/files.ts";
import { parseInventory } from "../tree/inventory.ts";
import { recordedIn } from "./cluster.ts";
import type { Result, Setting } from "./command.ts";

/** What the edits since a commit do to the objects of the clusters named, or of all. Nothing is written. */
export async function diff({ root, progress }: Setting, ref: string, only: readonly string[]): Promise<Result> {
  const { value: revision, issues } = await revisionOf(root, ref);
  if (revision === undefined) return { issues };
  const there = clusterNames(root);
  const changed = [...new Set(revision.changed.map(({ cluster }) => cluster))].sort();
  const unknown = only.filter((name) => !there.includes(name) && !changed.includes(name));
  if (unknown.length > 0) return { issues: unknown.map((name) => unknownCluster(name, there)) };

  const asked = changed.filter((name) => only.length === 0 || only.includes(name));
  const said: Issue[] = [];
  const clusters: ClusterDiff[] = [];
  for (const [index, name] of asked.entries()) {
    progress(`${index + 1}/${asked.length} ${name}`);
    const recorded = await revision.cluster(name);
    const before = recorded === undefined ? nothing : asRecorded(name, recorded, ref);
    const after = there.includes(name) ? asEdited(root, name) : nothing;
    said.push(...before.issues, ...after.issues);
    if (before.value === undefined && after.value === undefined) continue;
    if (!hasErrors([...before.issues, ...after.issues]))
      clusters.push(clusterDiff(before.value, after.value, secretsOf(revision.changed, name)));
  }
  if (hasErrors(said)) return { issues: said };
  const differing = clusters.filter(({ verb, changes }) => verb !== "change" || changes.length > 0);
  const same = `No object differs from ${ref}.`;
  return {
    issues: said,
    data: { from: revision.id, clusters: differing },
    text: differing.length === 0 ? same : diffText(differing),
    markdown: differing.length === 0 ? same : diffMarkdown(differing),
    exit: differing.length === 0 ? 0 : 3,
  };
}

const secretsOf = (changed: readonly InputChange[], name: string): SecretChange[] =>
  changed.flatMap(({ cluster, secret, verb }) => (cluster === name && secret !== undefined ? [{ secret, verb }] : []));

const nothing: Checked<Cluster> = { value: undefined, issues: [] };

/** A cluster as cluster.yaml on the disk has it. */
function asEdited(root: string, name: string): Checked<Cluster> {
  const file = clusterFile(name);
  const { value: text, issues } = readClusterFile(root, file);
  if (text === undefined) return { value: undefined, issues };
  const { value: before, issues: unrecorded } = recordedIn(root, name);
  if (hasErrors(unrecorded)) return { value: undefined, issues: unrecorded };
  const cluster = buildFrom({ file, name, text, before, secretFiles: secretFilesOf(root, name) });
  return { value: cluster, issues: cluster.issues };
}

/** A cluster as a commit has it, which its own inventory goes with. */
function asRecorded(name: string, { text, inventory, secretFiles }: RecordedCluster, ref: string): Checked<Cluster> {
  const parsed = inventory === undefined ? undefined : parseInventory(inventoryFile(name), inventory);
  const { value: before, issues } = recordedBy(parsed?.value, name);
  const cluster = buildFrom({ name, text, recorded: before?.instances, secretFiles });
  const [first] = [...(parsed?.issues ?? []), ...issues, ...cluster.issues].filter(
    ({ severity }) => severity === "error",
  );
  return first === undefined
    ? { value: cluster, issues: [] }
    : { value: undefined, issues: [unreadable(name, ref, first)] };
}

const unreadable = (name: string, ref: string, { message }: Issue): Issue =>
  error(
    "unreadable-revision",
    `${ref} has ${name} as this version does not read it: ${message}`,
    `Compare the files instead: git diff ${ref} -- overlays/${name} clusters/${name} bases.`,
  );
