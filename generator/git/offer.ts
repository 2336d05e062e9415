import { redact } from "../base/words.ts";
import { type Checked, error, hasErrors, type Issue } from "../issues/issue.ts";
import { attempt, type Git } from "./git.ts";
import { type Heads, headsOf } from "./heads.ts";
import type { Message } from "./message.ts";
import { branchFor, messageOfRange } from "./range.ts";
import type { Remote } from "./remote.ts";

/** A change that lies on a branch of the remote, ready to be looked at. */
export interface Offer {
  readonly base: string;
  readonly branch: string;
  /** Commits: the last that the base and the branch share, and the branch's own last. */
  readonly from: string;
  readonly head: string;
  readonly message: Message;
  /** False where the remote had it already. */
  readonly pushed: boolean;
}

export interface Wish {
  readonly base: string;
  /** Undefined: the branch that is checked out, or one that is named after the change where that is the base. */
  readonly branch: string | undefined;
}

/** `local` is git at the fleet's root, `far` the same with a login. `prefix`: where the fleet lies in the repository. */
export interface Place {
  readonly local: Git;
  readonly far: Git;
  readonly prefix: string;
  readonly remote: Remote;
}

/** How often a push is tried that another one was faster than. */
const attempts = 3;

/** Puts the commits that the base does not have on a branch of the remote; undefined, without issues, where there are none. */
export async function offer(place: Place, wish: Wish): Promise<Checked<Offer>> {
  for (let count = 1; ; count++) {
    const { value, issues, isLate } = await offerOnce(place, wish, count > 1);
    if (isLate !== true || count === attempts) return { value, issues };
  }
}

async function offerOnce(
  place: Place,
  { base, branch }: Wish,
  isAgain: boolean,
): Promise<Checked<Offer> & { isLate?: boolean }> {
  const { local, prefix, remote } = place;
  const current = await attempt(local("symbolic-ref", "--quiet", "--short", "HEAD"));
  const here = "value" in current ? current.value.trim() : undefined;
  const known = await headsOf(place.far, remote, base, branch ?? here ?? base);
  if (known.value === undefined) return { value: undefined, issues: known.issues };
  const head = (await local("rev-parse", "HEAD")).trim();
  const shared = await attempt(local("merge-base", known.value.baseId, head));
  if ("said" in shared) return refuse(unrelated(remote, base));
  const from = shared.value.trim();
  if ("value" in (await attempt(local("diff", "--quiet", "--no-ext-diff", from, head)))) return nothing;

  const message = await messageOfRange(local, prefix, from, head);
  const name = branch ?? (here === undefined || here === base ? branchFor(message) : here);
  if (name === base) return refuse(isBase(base));
  const { value: heads, issues } = await headsOf(place.far, remote, base, name);
  if (heads === undefined) return { value: undefined, issues };

  const theirs = heads.branchId;
  const change = { base, branch: name, from, message };
  const kept = here === name ? [] : await unpushed(local, remote, heads, name, head);
  if (kept.length > 0) return refuse(notPushedYet(name, kept));
  // A commit that was made just now says no more than one with the same files; one on a branch of the operator's own may.
  const isFresh = here !== name || isAgain;
  if (theirs !== undefined && (theirs === head || (isFresh && (await isSame(local, heads, theirs, from, head))))) {
    const moved = await checkOut(local, here, name, theirs);
    return moved.length > 0 ? refuse(...moved) : { value: { ...change, head: theirs, pushed: false }, issues: [] };
  }
  if (theirs !== undefined && (await isAncestor(local, head, theirs))) return refuse(behind(remote, name));
  const strangers = await commitsOfOthers(local, heads, head);
  if (strangers.length > 0) return refuse(ofOthers(remote, name, strangers));
  const moved = await checkOut(local, here, name, head);
  if (moved.length > 0) return refuse(...moved);
  const pushed = await push(place, name, head, theirs);
  return hasErrors(pushed.issues)
    ? { value: undefined, ...pushed }
    : { value: { ...change, head, pushed: true }, issues: [] };
}

const nothing = { value: undefined, issues: [] };
const refuse = (...issues: Issue[]) => ({ value: undefined, issues });

const isAncestor = async (git: Git, one: string, other: string): Promise<boolean> =>
  "value" in (await attempt(git("merge-base", "--is-ancestor", one, other)));

/** The remote's branch begins where ours does, and ends with the same files: another run was here before. */
async function isSame(git: Git, { baseId }: Heads, theirs: string, from: string, head: string): Promise<boolean> {
  const shared = await attempt(git("merge-base", baseId, theirs));
  if ("said" in shared || shared.value.trim() !== from) return false;
  return "value" in (await attempt(git("diff", "--quiet", "--no-ext-diff", theirs, head)));
}

/** Commits of a branch of that name here that nobody else has: making the branch anew would lose them. */
async function unpushed(
  git: Git,
  remote: Remote,
  { baseId, branchId }: Heads,
  name: string,
  head: string,
): Promise<string[]> {
  if ("said" in (await attempt(git("rev-parse", "--verify", "--quiet", `refs/heads/${name}`)))) return [];
  // What was pushed once is there still, as far as this clone knows; a forge deletes the branch of what was merged.
  const pushed = await attempt(git("rev-parse", "--verify", "--quiet", `refs/remotes/${remote.name}/${name}`));
  const known = [
    head,
    baseId,
    ...(branchId === undefined ? [] : [branchId]),
    ...("value" in pushed ? [pushed.value.trim()] : []),
  ];
  return (await git("log", "--format=%h", `refs/heads/${name}`, "--not", ...known))
    .split("\n")
    .filter((line) => line !== "");
}

/**
 * Commits that a push would take from the branch, and that somebody else has made: by the addresses of author and committer. Nothing
 * says so better: a name can be anybody's, and a signature needs a key that a schedule seldom has.
 */
async function commitsOfOthers(git: Git, { baseId, branchId }: Heads, head: string): Promise<string[]> {
  if (branchId === undefined) return [];
  const idents = await Promise.all(["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"].map((ident) => git("var", ident)));
  const [author, committer] = idents.map((ident) => /<[^>]*>/.exec(ident)?.[0]);
  const log = await git("log", "--format=%h <%ae> <%ce>", branchId, "--not", head, baseId);
  return log.split("\n").filter((line) => line !== "" && !line.endsWith(` ${author} ${committer}`));
}

/** Stands on the branch, with this commit as its last. The files of the work tree are those of the commit already. */
async function checkOut(git: Git, here: string | undefined, name: string, id: string): Promise<Issue[]> {
  const head = (await git("rev-parse", "HEAD")).trim();
  if (here === name && head === id) return [];
  const made = await attempt(git("switch", "--quiet", "--no-track", "--force-create", name, id));
  return "value" in made ? [] : [notSwitched(name, made.said)];
}

async function push(
  { far, remote }: Place,
  name: string,
  head: string,
  theirs: string | undefined,
): Promise<{ issues: Issue[]; isLate?: boolean }> {
  const ref = `refs/heads/${name}`;
  const options = ["--porcelain", "--no-follow-tags", "--recurse-submodules=no"];
  // Nothing is replaced but what was looked at above: https://git-scm.com/docs/git-push#Documentation/git-push.txt---force-with-leaseltrefnamegtltexpectgt
  const lease = `--force-with-lease=${ref}:${theirs ?? ""}`;
  const pushed = await attempt(far("push", ...options, lease, remote.name, `${head}:${ref}`));
  if ("value" in pushed) return { issues: [] };
  const isLate = /\[rejected\]|\(stale info\)|cannot lock ref|reference already exists/.test(pushed.said);
  return { issues: [notPushed(remote, name, pushed.said)], isLate };
}

const isBase = (base: string): Issue =>
  error(
    "bad-branch",
    `the change would be proposed from ${base} into ${base}`,
    "Name another branch: --branch overstack/more-memory.",
  );

const unrelated = (remote: Remote, base: string): Issue =>
  error(
    "no-base",
    `the commits here and ${remote.name}/${base} have no commit in common`,
    "Name the branch that the change goes into with --base. A shallow clone needs more of the history: git fetch --unshallow.",
  );

const behind = (remote: Remote, name: string): Issue =>
  error(
    "branch-behind",
    `${remote.name}/${name} has commits that are not here`,
    `Take them in, then propose again: git pull --ff-only ${remote.name} ${name}.`,
  );

const ofOthers = (remote: Remote, name: string, lines: readonly string[]): Issue =>
  error(
    "others-commits",
    `the branch ${name} has commits that somebody else has made, and that would be lost: ${lines
      .slice(0, 3)
      .map((line) => line.split(" ").slice(0, 2).join(" "))
      .join(", ")}${lines.length > 3 ? ` and ${lines.length - 3} more` : ""}`,
    `Nothing was pushed. Build on them: git switch ${name} && git pull ${remote.name} ${name}. Or name another branch: --branch NAME.`,
  );

const notPushedYet = (name: string, ids: readonly string[]): Issue =>
  error(
    "unpushed-commits",
    `there is a branch ${name} here, with commits that were never pushed: ${ids.slice(0, 3).join(", ")}`,
    `Go on there: git switch ${name}. Or name another branch: --branch NAME. Your new commit is HEAD.`,
  );

const notSwitched = (name: string, said: string): Issue =>
  error(
    "no-branch",
    `git cannot make the branch ${name}:\n${said}`,
    "Nothing was pushed. The commit is there (git log -1). Name another branch: --branch NAME.",
  );

const notPushed = (remote: Remote, name: string, said: string): Issue =>
  error(
    "push-refused",
    `the remote ${remote.name} does not take the branch ${name}:\n${redact(said)}`,
    "The commit is on the branch here. Remove the cause (a rule for branches of that name, a missing right, a hook), then propose again.",
  );
