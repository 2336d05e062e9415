import { existsSync } from "node:fs";
import { join } from "node:path";
import { fleetPaths } from "./fleet-files.ts";
import { attempt, gitIn, listed } from "./git.ts";

/** Files of the fleet that are not as in the last commit, relative to the root and still there; empty outside a repository. */
export async function changedFiles(root: string): Promise<string[]> {
  const git = gitIn(root);
  const there = fleetPaths.filter((path) => existsSync(join(root, path)));
  const untracked = await attempt(git("ls-files", "-z", "--others", "--exclude-standard", "--", ...there));
  if ("said" in untracked) return [];
  const compared = await attempt(
    git(
      "--no-optional-locks",
      "diff",
      "--name-only",
      "--no-renames",
      "--no-ext-diff",
      "--relative",
      "-z",
      "HEAD",
      "--",
      ...there,
    ),
  );
  const tracked = "value" in compared ? compared : await attempt(git("ls-files", "-z", "--cached", "--", ...there));
  const files = [...listed(untracked.value), ...("value" in tracked ? listed(tracked.value) : [])];
  return [...new Set(files)].filter((file) => existsSync(join(root, file)));
}

/** A file's text in the last commit; undefined where there is none, and outside a repository. */
export async function committedText(root: string, path: string): Promise<string | undefined> {
  const found = await attempt(gitIn(root)("cat-file", "blob", `HEAD:./${path}`));
  return "value" in found ? found.value : undefined;
}

/** The last commit that changed a file, abbreviated; undefined where none has, and outside a repository. */
export async function lastCommitOf(root: string, path: string): Promise<string | undefined> {
  const found = await attempt(gitIn(root)("log", "-1", "--format=%h", "--", path));
  return "value" in found && found.value.trim() !== "" ? found.value.trim() : undefined;
}

/** True inside a Git repository that has a commit. */
export const hasHistory = async (root: string): Promise<boolean> =>
  "value" in (await attempt(gitIn(root)("rev-parse", "--verify", "--quiet", "HEAD^{commit}")));
