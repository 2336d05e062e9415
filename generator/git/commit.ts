import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hasErrors, type Issue } from "../issues/issue.ts";
import { type Change, describe } from "./changes.ts";
import {
  filesForEngines,
  fleetPaths,
  ignoredFiles,
  isFleets,
  linkedFolders,
  nestedRepositories,
  roots,
} from "./fleet-files.ts";
import { attempt, type Git, gitIn, listed, refusal } from "./git.ts";
import type { Message } from "./message.ts";
import { openRepository, type Repository } from "./repository.ts";
import { changeOptions, changesIn, textIn, textsOf } from "./status.ts";
import { storedOtherwise } from "./stored.ts";

/** A commit that was made. */
export interface Commit extends Message {
  /** Full object name. */
  readonly id: string;
  /** Undefined on a detached HEAD. */
  readonly branch: string | undefined;
  readonly files: number;
}

/** What came of commitFleet. */
export interface CommitOutcome {
  /** Undefined when there was nothing to commit, and when an issue is an error. */
  readonly commit: Commit | undefined;
  /** Staged files that are not the fleet's; they are still staged, and not in the commit. Relative to the repository. */
  readonly leftStaged: readonly string[];
  readonly issues: readonly Issue[];
}

/**
 * Commits what differs in the fleet below `root`, new and deleted files included, and nothing else: what is staged
 * elsewhere stays staged. Whether the tree is as generated is for the caller to know.
 */
export async function commitFleet(root: string): Promise<CommitOutcome> {
  const outcome = await attempt(commitIn(root));
  return "value" in outcome ? outcome.value : stop([gitFailed(outcome.said)]);
}

async function commitIn(root: string): Promise<CommitOutcome> {
  const { value: repository, issues } = await openRepository(root);
  if (repository === undefined) return stop(issues);
  const { git } = repository;
  const [others, ignored] = await Promise.all([
    git("ls-files", "-z", "--others", "--exclude-standard", "--", ...fleetPaths),
    ignoredFiles(git, root),
  ]);
  const untracked = listed(others);
  const refused = [...linkedFolders(root), ...nestedRepositories(untracked), ...ignored];
  if (hasErrors(refused)) return stop(refused);
  const changed = await storedOtherwise(root, git, filesForEngines(root));
  if (hasErrors(changed)) return stop(changed);

  const made = await attempt(commitWith(root, repository, untracked));
  if (untracked.length > 0 && !("value" in made && made.value.commit !== undefined)) await forget(root, untracked);
  if ("said" in made) return stop([gitFailed(made.said)]);
  return made.value.commit === undefined ? made.value : { ...made.value, issues };
}

/** git commit --only takes files that git knows (https://git-scm.com/docs/git-commit): it is told the names of new ones, and stages nothing. */
async function commitWith(root: string, repository: Repository, untracked: readonly string[]): Promise<CommitOutcome> {
  if (untracked.length > 0) await repository.git("add", "--intent-to-add", "--", ...roots(untracked));
  return commitChanges(root, repository);
}

const stop = (issues: readonly Issue[]): CommitOutcome => ({ commit: undefined, leftStaged: [], issues });

async function commitChanges(root: string, repository: Repository): Promise<CommitOutcome> {
  const { git, branch, prefix } = repository;
  const [changes, staged] = await Promise.all([
    changesOf(repository),
    git("--no-optional-locks", "diff", "--cached", "--name-only", "--no-renames", "--no-relative", "-z"),
  ]);
  const leftStaged = listed(staged).filter((path) => !isFleets(path, prefix));
  if (changes.length === 0) return { commit: undefined, leftStaged, issues: [] };

  const texts = await textsOf(changes, textIn(git, "HEAD", prefix), (path) => onDisk(root, path));
  const message = describe(changes, texts);
  const text = `${[message.subject, message.body].filter((part) => part !== "").join("\n\n")}\n`;
  const paths = roots(changes.map(({ path }) => path));
  const committed = await attempt(
    gitIn(root, text)("commit", "--only", "--cleanup=whitespace", "--file=-", "--", ...paths),
  );
  if ("said" in committed) return { commit: undefined, leftStaged, issues: [await notCommitted(git, committed.said)] };
  const id = (await git("rev-parse", "HEAD")).trim();
  return { commit: { ...message, id, branch, files: changes.length }, leftStaged, issues: [] };
}

/** The files on disk against the last commit, whatever is staged. */
async function changesOf({ git, hasCommits }: Repository): Promise<Change[]> {
  if (hasCommits)
    return changesIn(await git("--no-optional-locks", "diff", ...changeOptions, "HEAD", "--", ...fleetPaths));
  const known = listed(await git("ls-files", "-z", "--cached", "--", ...fleetPaths));
  const gone = new Set(listed(await git("ls-files", "-z", "--deleted", "--", ...fleetPaths)));
  return known.filter((path) => !gone.has(path)).map((path) => ({ path, kind: "added" }));
}

async function onDisk(root: string, path: string): Promise<string | undefined> {
  return lstatSync(join(root, path)).isFile() ? readFileSync(join(root, path), "utf8") : undefined;
}

/** Git knows these files no more; on disk they stay. Nothing depends on it: the next commit takes them either way. */
const forget = (root: string, paths: readonly string[]) =>
  attempt(gitIn(root, paths.map((path) => `${path}\0`).join(""))("update-index", "--force-remove", "-z", "--stdin"));

async function notCommitted(git: Git, said: string): Promise<Issue> {
  const signs = await attempt(git("config", "--type=bool", "--get", "commit.gpgSign"));
  if ("value" in signs && signs.value.trim() === "true" && /gpg|sign|ssh/i.test(said))
    return refusal(
      "not-signed",
      `git could not sign the commit:\n${said}`,
      "Unlock or name the key (git config user.signingKey), then commit again. Nothing was committed.",
    );
  return refusal(
    "commit-refused",
    said === "" ? "git refused the commit without a word, as a hook does" : `git refused the commit:\n${said}`,
    "If a hook refused it, do what the hook asks for, then commit again. Nothing was committed.",
  );
}

const gitFailed = (said: string): Issue =>
  refusal("git-failed", `git failed:\n${said}`, "Remove the cause, then commit again. Nothing was committed.");
