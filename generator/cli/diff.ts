import { inventoryFile } from "../base/layout.ts";
import { type ClusterDiff, clusterDiff } from "../diff/cluster-diff.ts";
import { diffHtml } from "../diff/html.ts";
import { diffMarkdown } from "../diff/markdown.ts";
import { dataVersion } from "../diff/schema.ts";
import { shapeOf } from "../diff/shape.ts";
import { diffText } from "../diff/text.ts";
import { unknownCluster } from "../fleet/no-cluster.ts";
import { clusterNames } from "../fleet/read.ts";
import { type RecordedCluster, type Revision, revisionOf } from "../git/revision.ts";
import { hasErrors, type Issue } from "../issues/issue.ts";
import { parseInventory } from "../tree/inventory.ts";
import type { Result, Setting } from "./command.ts";
import { asEdited, asRecorded, basesOf, inputText, secretsOf, versionsText } from "./diff-sides.ts";
import { isPinned, untouched, usesOneOf } from "./untouched.ts";

/**
 * What the edits since a commit do to the objects of the clusters named, or of all; of `a..b`, those up to b. Clusters that differ in their
 * names alone are looked at once. Nothing is written.
 */
export async function diff({ root, progress }: Setting, ref: string, only: readonly string[]): Promise<Result> {
  const { value: revision, issues } = await revisionOf(root, ref);
  if (revision === undefined) return { issues };
  const there = clusterNames(root);
  const edited = new Set(revision.changed.map(({ cluster }) => cluster));
  const unknown = only.filter((name) => !there.includes(name) && !edited.has(name));
  if (unknown.length > 0) return { issues: unknown.map((name) => unknownCluster(name, there)) };
  const isAsked = (name: string): boolean => only.length === 0 || only.includes(name);

  const rewritten = [...revision.generated.keys(), ...(revision.bases.length === 0 ? [] : there)];
  const names = [...new Set([...edited, ...rewritten])].filter(isAsked).sort();
  const [before, after] = [await revision.clusters(names), await revision.to?.clusters(names)];
  const bases = await basesOf(revision);
  const said: Issue[] = [];
  const found = new Map<string, ClusterDiff | undefined>();
  const others = new Map<ClusterDiff, string[]>();
  for (const [index, name] of names.entries()) {
    progress(`${index + 1}/${names.length} ${name}`);
    const recorded = before.get(name);
    const text = after === undefined ? inputText(root, name) : after.get(name)?.text;
    if (!edited.has(name) && !isRewritten(revision, name, recorded, text)) continue;
    const secrets = await secretsOf(root, revision, name);
    const shape = shapeOf(name, [
      recorded?.text,
      text,
      recorded?.versions,
      after === undefined ? versionsText(root, name) : after.get(name)?.versions,
      factsIn(name, recorded),
      JSON.stringify([recorded?.secretFiles, secrets, revision.generated.get(name), edited.has(name)]),
    ]);
    const same = found.get(shape);
    if (same !== undefined) others.get(same)!.push(name);
    if (found.has(shape)) continue;

    const old = await asRecorded(revision, name, recorded, bases, { ref, byFiles: !edited.has(name) });
    const own =
      revision.to === undefined
        ? asEdited(root, name, there)
        : await asRecorded(revision.to, name, after!.get(name), new Map(), { ref, byFiles: false });
    said.push(...old.issues, ...own.issues);
    if (hasErrors([...old.issues, ...own.issues]) || (old.value === undefined && own.value === undefined)) continue;
    const diffed = clusterDiff(old.value?.cluster, own.value?.cluster, { secrets, recorded: old.value?.recorded });
    const isSame = diffed.verb === "change" && diffed.changes.length === 0;
    found.set(shape, isSame ? undefined : diffed);
    if (!isSame) others.set(diffed, []);
  }
  if (hasErrors(said)) return { issues: said };
  const clusters = [...others].map(([first, more]) => (more.length === 0 ? first : { ...first, others: more }));
  const left = there.filter((name) => !edited.has(name) && !revision.generated.has(name));
  return { issues: said, ...printed(revision, ref, clusters, untouched(root, revision.bases, left)) };
}

const factsIn = (name: string, recorded: RecordedCluster | undefined): string | undefined =>
  recorded?.inventory === undefined
    ? undefined
    : JSON.stringify(parseInventory(inventoryFile(name), recorded.inventory).value?.facts);

/** True of a cluster of the same input whose files another version has written, or whose bases changed. */
function isRewritten(revision: Revision, name: string, recorded: RecordedCluster | undefined, text = ""): boolean {
  if (recorded?.inventory === undefined) return false;
  return revision.generated.has(name) || (!isPinned(text) && usesOneOf(revision.bases, recorded.inventory));
}

function printed(
  { id: from, to }: Revision,
  ref: string,
  clusters: readonly ClusterDiff[],
  kept: ReturnType<typeof untouched>,
): Result {
  const lines = kept.map(({ name, why }) => `${name} is made from bases that changed, and ${why}.\n`);
  const isSame = clusters.length === 0 && kept.length === 0;
  const said = (text: string): string =>
    isSame ? `No object differs from ${ref}.\n` : [...(clusters.length === 0 ? [] : [text]), ...lines].join("\n");
  return {
    data: {
      version: dataVersion,
      from,
      ...(to === undefined ? {} : { to: to.id }),
      clusters,
      ...(kept.length === 0 ? {} : { untouched: kept }),
    },
    text: said(diffText(clusters)),
    markdown: said(diffMarkdown(clusters)),
    html: diffHtml(clusters, `${ref} (${from.slice(0, 9)})`),
    isLong: true,
    exit: clusters.length === 0 ? 0 : 3,
  };
}
