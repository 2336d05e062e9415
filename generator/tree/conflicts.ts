import { error, type Issue } from "../issues/issue.ts";
import { foldCase, foldersAbove } from "./paths.ts";
import type { Found } from "./reader.ts";

/** Why the file at the path must not be replaced or deleted: it is not as overstack wrote it. Owned: path -> digests of what overstack wrote. */
export function reasonToKeep(
  path: string,
  found: Found | undefined,
  owned: ReadonlyMap<string, readonly string[]>,
): Issue | undefined {
  if (found?.kind === "blocked") return found.issue;
  if (found?.kind !== "file") return undefined;
  const written = owned.get(path);
  if (written === undefined) return notOurs(path, "overstack did not write it, and wants to write a file of that name");
  return written.includes(found.digest) ? undefined : editedByHand(path);
}

/** Why no file can be created at the path, other files to be deleted first. */
export function inTheWay(path: string, found: Found | undefined, leftover: ReadonlySet<string>): Issue | undefined {
  if (found?.kind === "blocked") return found.issue;
  if (found?.kind === "under" && !leftover.has(found.file)) {
    return notOurs(found.file, `overstack did not write it, and needs a folder of that name for ${path}`);
  }
  const foreign = found?.kind === "folder" ? found.files.find((file) => !leftover.has(file)) : undefined;
  return foreign === undefined
    ? undefined
    : notOurs(foreign, `overstack did not write it, and wants to write the file ${path}`);
}

/** Paths that macOS and Windows take for one. */
export function caseClashes(paths: Iterable<string>): Issue[] {
  const all = [...paths];
  const seen = new Map<string, string>();
  return [...foldersAbove(all), ...all].flatMap((path) => {
    const folded = foldCase(path);
    const first = seen.get(folded);
    seen.set(folded, path);
    return first === undefined || first === path ? [] : [caseClash(first, path)];
  });
}

const editedByHand = (file: string): Issue =>
  error(
    "edited-by-hand",
    `${file} was edited since overstack generated it`,
    `To keep the edit, say it in cluster.yaml (options, patches), delete this file and generate again. To drop it: git checkout -- ${file}, or delete the file and generate again.`,
    { file },
  );

const notOurs = (file: string, reason: string): Issue =>
  error(
    "not-ours",
    `${file} is in the way: ${reason}`,
    "Move or rename it, then generate again. If overstack did write it, its inventory (inventory.json) was lost: get that back from git.",
    { file },
  );

const caseClash = (first: string, second: string): Issue =>
  error(
    "case-clash",
    `${first} and ${second} differ only in upper and lower case`,
    "macOS and Windows take them for one file: give one of the two another name in cluster.yaml.",
    { file: second },
  );
