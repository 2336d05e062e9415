import type { Issue } from "../issues/issue.ts";
import { isWorkFile } from "../tree/paths.ts";
import { statAt } from "../tree/stat.ts";
import { attempt, gitIn, listed, refusal } from "./git.ts";

/**
 * What makes a checkout unfit to write in: work files that came with the repository, and files of the fleet that Git
 * knows and this checkout leaves out. `only`: the clusters that are written; default all. Nothing outside a repository.
 */
export async function checkoutProblems(root: string, only?: readonly string[]): Promise<Issue[]> {
  const found = await attempt(
    gitIn(root)("ls-files", "-t", "-z", "--cached", "--", ".overstack.*", "bases", "clusters", "overlays"),
  );
  if ("said" in found) return [];
  const entries = listed(found.value).map((entry) => ({ tag: entry[0]!, path: entry.slice(2) }));
  const tracked = entries.map(({ path }) => path).filter(isWorkFile);
  const needed = ({ path }: { path: string }): boolean => {
    const [folder, cluster] = path.split("/");
    return only === undefined || folder === "bases" || cluster === "schema.json" || only.includes(cluster!);
  };
  const absent = entries
    .filter(({ tag }) => tag === "S")
    .filter(needed)
    .map(({ path }) => path)
    .filter((path) => statAt(root, path) === undefined);
  return [...tracked.slice(0, 1).map(cameWithGit), ...(absent.length === 0 ? [] : [leftOut(absent)])];
}

/** Folder of the repository that the fleet lies in, empty at its root; undefined outside a repository. */
export async function fleetPath(root: string): Promise<string | undefined> {
  const found = await attempt(gitIn(root)("rev-parse", "--show-prefix"));
  return "value" in found ? found.value.trimEnd().replace(/\/$/, "") : undefined;
}

const cameWithGit = (file: string): Issue => ({
  ...refusal(
    "tracked-work-file",
    `${file} is tracked by Git: what it says was said by whoever committed it`,
    `Overstack keeps such files for itself while it works. Run: git rm -r --cached -- ${file.split("/")[0]}, delete it, and commit that.`,
  ),
  file,
});

const leftOut = (absent: readonly string[]): Issue => {
  const [file] = absent;
  const more = absent.length > 1 ? ` and ${absent.length - 1} more files of the fleet` : "";
  const clusters = [
    ...new Set(absent.flatMap((path) => /^clusters\/([^/]+)\/cluster\.yaml$/.exec(path)?.slice(1) ?? [])),
  ];
  const gone = clusters.length === 0 ? "" : `, so that ${clusters.join(", ")} would look removed`;
  return {
    ...refusal(
      "not-checked-out",
      `${file}${more} are in Git and left out of this checkout (sparse checkout)${gone}`,
      "To have them all: git sparse-checkout disable. To write some clusters alone, with bases/ and theirs checked out: overstack generate NAME.",
    ),
    file: file!,
  };
};
