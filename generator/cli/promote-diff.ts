import { type ClusterDiff, clusterDiff, type FromFiles } from "../diff/cluster-diff.ts";
import { diffMarkdown } from "../diff/markdown.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { revisionOf } from "../git/revision.ts";
import type { Issue } from "../issues/issue.ts";
import { asRecorded, basesOf } from "./diff-sides.ts";

/** A cluster whose pin moves. */
export interface Move {
  readonly cluster: string;
  /** What git knows the old pin by. */
  readonly from: string;
}

/** What clusters get when their pins move to a commit, in Markdown: what `diff` says of the objects at both places. */
export async function movesMarkdown(root: string, moves: readonly Move[], to: string): Promise<string> {
  const diffs: ClusterDiff[] = [];
  const unknown: string[] = [];
  for (const { cluster, from } of moves) {
    const [before, after] = [await clusterAt(root, cluster, from), await clusterAt(root, cluster, to)];
    if (before.cluster === undefined || after.cluster === undefined)
      unknown.push(`What ${cluster} gets is not known: ${(before.cluster === undefined ? before : after).why}.\n`);
    else diffs.push(clusterDiff(before.cluster, after.cluster));
  }
  const differing = diffs.filter(({ changes }) => changes.length > 0);
  const same = diffs.filter(({ changes }) => changes.length === 0).map(({ name }) => name);
  return [
    ...(differing.length === 0 ? [] : [diffMarkdown(differing)]),
    ...(same.length === 0 ? [] : [`No object differs in ${same.join(", ")}.\n`]),
    ...unknown,
  ].join("\n");
}

async function clusterAt(
  root: string,
  name: string,
  ref: string,
): Promise<{ cluster?: Cluster | FromFiles; why?: string }> {
  const { value: revision, issues } = await revisionOf(root, ref);
  if (revision === undefined) return { why: firstOf(issues) };
  const recorded = (await revision.clusters([name])).get(name);
  const bases = await basesOf(revision);
  const { value: side, issues: unread } = await asRecorded(revision, name, recorded, bases, { ref, byFiles: false });
  if (side !== undefined) return { cluster: side.cluster };
  return { why: recorded === undefined ? `${ref} has no such cluster` : firstOf(unread) };
}

const firstOf = (issues: readonly Issue[]): string => issues[0]?.message ?? "git does not say why";
