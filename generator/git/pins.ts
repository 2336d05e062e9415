import { parse } from "yaml";
import { isMap } from "../base/data.ts";
import { clusterFile } from "../base/layout.ts";
import { attempt, type Git } from "./git.ts";
import { textIn } from "./status.ts";

/** What a cluster is held at. */
export interface Pin {
  /** The tag or the commit, as cluster.yaml says it. */
  readonly name: string;
  /** What git looks for. */
  readonly ref: string;
}

/** The pin of a cluster in a commit; undefined where it follows the branch. */
export async function pinIn(git: Git, prefix: string, commit: string, cluster: string): Promise<Pin | undefined> {
  const text = await textIn(git, commit, prefix)(clusterFile(cluster));
  const { delivery } = (text === undefined ? {} : read(text)) as {
    delivery?: { ref?: { tag?: unknown; commit?: unknown } };
  };
  const { tag, commit: id } = delivery?.ref ?? {};
  if (typeof tag === "string" && /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/.test(tag))
    return { name: tag, ref: `refs/tags/${tag}` };
  return typeof id === "string" && /^[0-9a-f]{40}$/.test(id) ? { name: id.slice(0, 9), ref: id } : undefined;
}

/** A file of an earlier version may not be readable any more: it then says nothing. */
function read(text: string): object {
  try {
    const data = parse(text);
    return isMap(data) ? data : {};
  } catch {
    return {};
  }
}

/**
 * Since when the branch gives a cluster this commit, or one after it, in milliseconds: by the commit on the branch that moved the pin
 * there, and its committer's date; for a cluster that follows the branch, by that of the commit itself. Undefined where it gives an older
 * one. `branch` and `wanted` are full names of commits.
 */
export async function reachedSince(
  git: Git,
  prefix: string,
  branch: string,
  cluster: string,
  wanted: string,
): Promise<number | undefined> {
  const has = async (ref: string): Promise<boolean> =>
    "value" in (await attempt(git("merge-base", "--is-ancestor", wanted, `${ref}^{commit}`)));
  const now = await pinIn(git, prefix, branch, cluster);
  if (now === undefined) return (await has(branch)) ? dateOf(git, wanted) : undefined;
  if (!(await has(now.ref))) return undefined;
  const log = await git("log", "--first-parent", "--format=%H %ct", branch, "--", clusterFile(cluster));
  let since: number | undefined;
  for (const line of log.split("\n").filter((each) => each !== "")) {
    const [commit, seconds] = line.split(" ") as [string, string];
    const pin = await pinIn(git, prefix, commit, cluster);
    if (pin === undefined || (pin.ref !== now.ref && !(await has(pin.ref)))) break;
    since = Number(seconds) * 1000;
  }
  return since;
}

const dateOf = async (git: Git, commit: string): Promise<number> =>
  Number((await git("show", "--no-patch", "--format=%ct", commit)).trim()) * 1000;

/**
 * Commits on the branch after the pin that change what the cluster is given: its overlays, and bases. The one that moved the pin is none.
 * Undefined where the pin is not known here.
 */
export async function behind(git: Git, pin: Pin, branch: string, cluster: string): Promise<number | undefined> {
  const paths = [`overlays/${cluster}`, "bases"];
  const counted = await attempt(git("rev-list", "--count", `${pin.ref}..${branch}`, "--", ...paths));
  return "value" in counted ? Number(counted.value) : undefined;
}

/** The commit that a tag leads to. */
export async function commitOfTag(git: Git, tag: string): Promise<string | undefined> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_./-]*$/.test(tag)) return undefined;
  const found = await attempt(git("rev-parse", "--verify", "--quiet", `refs/tags/${tag}^{commit}`));
  return "value" in found ? found.value.trim() : undefined;
}

/** True where a commit is one of the branch's, or comes before it. */
export const isOn = async (git: Git, commit: string, branch: string): Promise<boolean> =>
  "value" in (await attempt(git("merge-base", "--is-ancestor", commit, branch)));
