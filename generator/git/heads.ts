import { redact } from "../base/words.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import { attempt, type Git, isMissing } from "./git.ts";
import type { Remote } from "./remote.ts";

/** What a remote has: the branch that changes go into, and the branch of a change. */
export interface Heads {
  readonly base: string;
  readonly baseId: string;
  /** Undefined where the remote has no such branch. */
  readonly branchId: string | undefined;
}

/** The branch that a remote's HEAD leads to, or the one that is named. */
export async function baseOf(git: Git, remote: Remote, wanted?: string): Promise<Checked<string>> {
  if (wanted !== undefined) return checkBranch(wanted);
  const asked = await attempt(git("ls-remote", "--symref", remote.name, "HEAD"));
  if ("said" in asked) return { value: undefined, issues: [unreachable(remote, asked.said)] };
  const found = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(asked.value)?.[1];
  return found === undefined ? { value: undefined, issues: [noBase(remote, undefined)] } : checkBranch(found);
}

/** Asks the remote, and brings what it has: objects, and `refs/remotes/…` of these two branches. */
export async function headsOf(git: Git, remote: Remote, base: string, branch: string): Promise<Checked<Heads>> {
  const refs = [base, branch].map((name) => `refs/heads/${name}`);
  const asked = await attempt(git("ls-remote", remote.name, ...refs));
  if ("said" in asked) return { value: undefined, issues: [unreachable(remote, asked.said)] };
  const lines = asked.value.split("\n").map((line) => line.split("\t"));
  const [baseId, branchId] = refs.map((ref) => lines.find(([, name]) => name === ref)?.[0]);
  if (baseId === undefined) return { value: undefined, issues: [noBase(remote, base)] };
  const there = branchId === undefined ? [base] : [base, branch];
  const wanted = there.map((name) => `+refs/heads/${name}:refs/remotes/${remote.name}/${name}`);
  const fetched = await attempt(
    git("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--refmap=", remote.name, ...wanted),
  );
  if ("said" in fetched) return { value: undefined, issues: [unreachable(remote, fetched.said)] };
  return { value: { base, baseId, branchId }, issues: [] };
}

/** A name that is a branch's and nothing else: no option, no expression, no way out of refs/heads. */
export function checkBranch(name: string): Checked<string> {
  // https://git-scm.com/docs/git-check-ref-format, and what a URL or a shell would read in another way.
  const isName =
    /^[A-Za-z0-9_][A-Za-z0-9._/+#@=,-]*$/.test(name) &&
    !/(\.\.|\/\/|\/\.|@\{|\.lock(\/|$)|[./]$)/.test(name) &&
    name.length <= 200 &&
    name !== "HEAD" &&
    !name.startsWith("refs/");
  return isName ? { value: name, issues: [] } : { value: undefined, issues: [badBranch(name)] };
}

const badBranch = (name: string): Issue =>
  error(
    "bad-branch",
    `${JSON.stringify(name)} cannot be the name of a branch here`,
    "Use letters, digits, '.', '_', '-' and '/' between them, and begin with a letter or digit: overstack/more-memory.",
  );

const noBase = (remote: Remote, base: string | undefined): Issue =>
  error(
    "no-base",
    base === undefined
      ? `the remote ${remote.name} does not say which branch changes go into`
      : `the remote ${remote.name} has no branch ${base}`,
    "Name the branch that the delivery engine follows: --base main. A remote without any commit is given the first one by git push.",
  );

const unreachable = (remote: Remote, said: string): Issue =>
  error(
    "unreachable-remote",
    isMissing(said) ? "git was not found" : `git cannot read from the remote ${remote.name}:\n${redact(said)}`,
    "Try it: git fetch. It needs an SSH key, a credential helper, or the token of the forge in the environment.",
  );
