import { clusterFile } from "../base/layout.ts";
import type { Change, Texts } from "./changes.ts";
import { attempt, type Git, listed } from "./git.ts";
import { detailedClusters } from "./message.ts";

/** Options of `git diff` for an answer that `changesIn` reads. */
export const changeOptions: readonly string[] = ["--name-status", "--no-renames", "--no-ext-diff", "--relative", "-z"];

/** Paths that differ, as git names them with these options. */
export function changesIn(output: string): Change[] {
  const fields = listed(output);
  return Array.from({ length: fields.length / 2 }, (_, index) => ({
    path: fields[2 * index + 1]!,
    kind: kinds[fields[2 * index]!] ?? "modified",
  }));
}

const kinds: Readonly<Record<string, Change["kind"]>> = { A: "added", D: "deleted" };

/** What the cluster.yaml among the changes said and says; of none where there are more than a message describes. */
export async function textsOf(
  changes: readonly Change[],
  before: (path: string) => Promise<string | undefined>,
  after: (path: string) => Promise<string | undefined>,
): Promise<Map<string, Texts>> {
  const clusters = changes.flatMap(({ path, kind }) => {
    const name = /^clusters\/([^/]+)\/cluster\.yaml$/.exec(path)?.[1];
    return name === undefined || kind !== "modified" ? [] : [name];
  });
  const texts = new Map<string, Texts>();
  if (clusters.length > detailedClusters) return texts;
  for (const name of clusters) {
    const path = clusterFile(name);
    texts.set(name, { before: await before(path), after: await after(path) });
  }
  return texts;
}

/** Reads files of a commit; `prefix` is where the fleet lies in the repository. */
export const textIn =
  (git: Git, commit: string, prefix: string) =>
  async (path: string): Promise<string | undefined> => {
    const read = await attempt(git("cat-file", "blob", `${commit}:${prefix}${path}`));
    return "value" in read ? read.value : undefined;
  };
