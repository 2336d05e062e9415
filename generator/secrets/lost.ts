import { committedText, lastCommitOf } from "../git/changed-files.ts";
import { error, type Issue } from "../issues/issue.ts";
import { secretsFolder } from "./files.ts";
import type { WantedSecret } from "./wanted.ts";

/**
 * Secrets without which stored data cannot be read, and which the history has: a new value in their place would make that data
 * unreadable for good, and nobody would be told.
 */
export async function lostSecrets(root: string, cluster: string, missing: readonly WantedSecret[]): Promise<Issue[]> {
  const found: Issue[] = [];
  for (const { id, file, keys } of missing.filter(({ living }) => living)) {
    const path = `${secretsFolder(cluster)}/${file}`;
    const commit = await lastCommitOf(root, path);
    if (commit === undefined) continue;
    // The last commit that changed a file that HEAD does not have is the one that removed it.
    const from = (await committedText(root, path)) === undefined ? `${commit}~1` : "HEAD";
    const key = Object.keys(keys)[0]!;
    found.push(
      error(
        "lost-secret",
        `the Secret ${id} was there, and what is stored can be read with its values alone`,
        `Take it back: git checkout ${from} -- ${path}. If what is stored is given up, put a new value there: overstack secrets set ${cluster} ${id} ${key}`,
        { file: path },
      ),
    );
  }
  return found;
}
