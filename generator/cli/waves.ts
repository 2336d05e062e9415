import { existsSync } from "node:fs";
import { join } from "node:path";
import { wavesFile } from "../base/layout.ts";
import { clusterNames } from "../fleet/read.ts";
import type { Standing } from "../fleet/waves.ts";
import type { Git } from "../git/git.ts";
import { commitOfTag, isOn, pinIn, reachedSince } from "../git/pins.ts";
import { parseWaves, type Waves } from "../input/waves.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";

/** The waves of a fleet; undefined, without issues, where it has none. */
export function wavesOf(root: string): Checked<Waves> {
  if (!existsSync(join(root, wavesFile))) return { value: undefined, issues: [] };
  const { value: text, issues } = readClusterFile(root, wavesFile);
  return text === undefined ? { value: undefined, issues } : parseWaves(text, clusterNames(root));
}

/** A tag, and how the clusters of all waves stand to it on a branch. */
export interface Progress {
  readonly tag: string;
  readonly commit: string;
  readonly standings: readonly Standing[];
}

/** Where a fleet lies in its repository, and the commit of the branch that its clusters are delivered from. */
export interface Branch {
  readonly git: Git;
  readonly prefix: string;
  readonly head: string;
}

/** The tag that waves are moved to: the one that is named, or the one that the pinned clusters of the first wave have. */
export async function progressOf(
  { git, prefix, head }: Branch,
  { waves }: Waves,
  wanted?: string,
): Promise<Checked<Progress>> {
  const first = await Promise.all((waves[0]?.clusters ?? []).map((cluster) => pinIn(git, prefix, head, cluster)));
  const tags = new Set(first.flatMap((pin) => (pin?.ref.startsWith("refs/tags/") ? [pin.name] : [])));
  const tag = wanted ?? (tags.size === 1 ? [...tags][0] : undefined);
  if (tag === undefined) return { value: undefined, issues: [whichTag([...tags], waves[0]!.name)] };
  const commit = await commitOfTag(git, tag);
  if (commit === undefined) return { value: undefined, issues: [unknownTag(tag)] };
  if (!(await isOn(git, commit, head))) return { value: undefined, issues: [notOnBranch(tag)] };
  const standings: Standing[] = [];
  for (const cluster of waves.flatMap(({ clusters }) => clusters))
    standings.push({ cluster, since: await reachedSince(git, prefix, head, cluster, commit) });
  return { value: { tag, commit, standings }, issues: [] };
}

const whichTag = (tags: readonly string[], wave: string): Issue =>
  error(
    "which-tag",
    tags.length === 0
      ? `no cluster of the wave ${wave} has a tag`
      : `the clusters of the wave ${wave} have several tags: ${tags.join(", ")}`,
    "Say which one: overstack promote --to TAG.",
  );

const unknownTag = (tag: string): Issue =>
  error(
    "unknown-tag",
    `there is no tag ${JSON.stringify(tag)} here`,
    "Fetch it: git fetch --tags. Or make it, and push it.",
  );

const notOnBranch = (tag: string): Issue =>
  error(
    "unknown-tag",
    `the tag ${tag} is not on the branch that the clusters are delivered from`,
    "Merge what it names, then tag a commit of the branch.",
  );
