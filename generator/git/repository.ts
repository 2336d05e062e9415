import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Checked, hasErrors, type Issue, warning } from "../issues/issue.ts";
import { attempt, type Git, gitIn, isMissing, listed, noGit, refusal } from "./git.ts";

/** A work tree that a commit can be made in. */
export interface Repository {
  readonly git: Git;
  /** Where the fleet lies in the repository: empty, or `fleet/`. */
  readonly prefix: string;
  /** Undefined on a detached HEAD. */
  readonly branch: string | undefined;
  /** False until the first commit. */
  readonly hasCommits: boolean;
}

/** The work tree around a folder, to be read. */
export async function openWorkTree(folder: string): Promise<Checked<Pick<Repository, "git" | "prefix">>> {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    return { value: undefined, issues: [refusal("no-folder", `there is no folder ${folder}`, "Go to the fleet's.")] };
  const git = gitIn(folder);
  const inside = await attempt(git("rev-parse", "--is-inside-work-tree", "--is-bare-repository", "--show-prefix"));
  if ("said" in inside) return { value: undefined, issues: [notOpened(folder, inside.said)] };
  const [isInside, isBare, prefix = ""] = inside.value.split("\n");
  if (isInside !== "true")
    return { value: undefined, issues: [isBare === "true" ? bare(folder) : noRepository(folder)] };
  return { value: { git, prefix }, issues: [] };
}

/** The repository around a folder, or what stands in the way of a commit there. */
export async function openRepository(folder: string): Promise<Checked<Repository>> {
  const { value: found, issues: unopened } = await openWorkTree(folder);
  if (found === undefined) return { value: undefined, issues: unopened };
  const { git, prefix } = found;
  const [branch, head, ...findings] = await Promise.all([
    attempt(git("symbolic-ref", "--quiet", "--short", "HEAD")),
    attempt(git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")),
    underway(git, folder),
    unmerged(git),
    identity(git),
  ]);
  const repository: Repository = {
    git,
    prefix,
    branch: "value" in branch ? branch.value.trim() : undefined,
    hasCommits: "value" in head,
  };
  const issues = findings.flat();
  return hasErrors(issues) ? { value: undefined, issues } : { value: repository, issues: detached(repository) };
}

const notOpened = (folder: string, said: string): Issue => {
  if (isMissing(said)) return noGit;
  if (said.includes("safe.bareRepository")) return bare(folder);
  // The name of the setting is the one thing in git's message that is not translated.
  return said.includes("safe.directory")
    ? refusal("foreign-repository", `git does not trust ${folder}: ${said}`, "Work as the owner of the repository.")
    : noRepository(folder);
};

const noRepository = (folder: string): Issue =>
  refusal("no-repository", `${folder} is not in a git repository`, "Make one there: git init --initial-branch=main.");

const bare = (folder: string): Issue =>
  refusal("bare-repository", `${folder} is in a bare repository, without files`, "Clone it, and work in the clone.");

/** What git leaves next to the index while something is going on, and how to finish or drop it. */
const signs: readonly (readonly [file: string, what: string, hint: string])[] = [
  ["MERGE_HEAD", "a merge", "Finish it (git commit), or drop it (git merge --abort)"],
  ["rebase-merge", "a rebase", "Finish it (git rebase --continue), or drop it (git rebase --abort)"],
  ["rebase-apply", "a rebase", "Finish it (git rebase --continue), or drop it (git rebase --abort)"],
  ["CHERRY_PICK_HEAD", "a cherry-pick", "Finish it (git cherry-pick --continue), or drop it (git cherry-pick --abort)"],
  ["REVERT_HEAD", "a revert", "Finish it (git revert --continue), or drop it (git revert --abort)"],
];
const indexLock = "index.lock";

async function underway(git: Git, folder: string): Promise<Issue[]> {
  const names = [...signs.map(([file]) => file), indexLock];
  const paths = (await git("rev-parse", ...names.flatMap((name) => ["--git-path", name]))).trimEnd().split("\n");
  const found = new Set(names.filter((_, index) => existsSync(resolve(folder, paths[index]!))));
  const sign = signs.find(([file]) => found.has(file));
  if (sign !== undefined)
    return [refusal("unfinished", `${sign[1]} is not finished`, `${sign[2]}, then commit again.`)];
  if (!found.has(indexLock)) return [];
  const lock = paths[names.indexOf(indexLock)]!;
  return [
    refusal(
      "index-locked",
      `another git command is at work: ${lock} is there`,
      "Wait until it ends; an editor that waits for a commit message is one too. If none runs, delete that file.",
    ),
  ];
}

/** A stash that did not apply leaves conflicts, and nothing else to see them by. */
async function unmerged(git: Git): Promise<Issue[]> {
  const output = await git("ls-files", "--unmerged", "--full-name", "-z", "--", ":/");
  const first = listed(output)[0]?.replace(/^[^\t]*\t/, "");
  return first === undefined
    ? []
    : [refusal("conflicts", `${first} has conflicts`, "Resolve them and add the file (git add), then commit again.")];
}

async function identity(git: Git): Promise<Issue[]> {
  const idents = ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"];
  const found = await Promise.all(idents.map((who) => attempt(git("var", who))));
  return found.every((ident) => "value" in ident)
    ? []
    : [
        refusal(
          "no-identity",
          "git does not know who commits",
          'Tell it: git config --global user.name "Your Name" and git config --global user.email you@example.org.',
        ),
      ];
}

const detached = ({ branch, hasCommits }: Repository): Issue[] =>
  branch === undefined && hasCommits
    ? [
        warning(
          "detached-head",
          "HEAD is detached: a commit made now is on no branch",
          "Give it a branch: git switch --create NAME.",
        ),
      ]
    : [];
