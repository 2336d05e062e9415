import { chownSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type CommitOutcome, commitFleet } from "../../generator/git/commit.ts";
import { changed, fleet, git, input, isolateGit, status, temporaryFolder, write } from "./folders.ts";

isolateGit();

const codes = ({ issues }: CommitOutcome): string[] => issues.map(({ code }) => code);

test("a repository that git cannot read is said in git's words", async () => {
  const root = fleet();
  write(root, { ...changed, ".git/index": "broken" });
  const { commit, issues } = await commitFleet(root);
  expect(commit).toBeUndefined();
  expect(issues).toMatchObject([{ code: "git-failed", message: expect.stringContaining("index") }]);
});

test("a fleet that is reached through a symbolic link is committed", async () => {
  const root = fleet();
  write(root, changed);
  const link = join(temporaryFolder(), "link");
  symlinkSync(root, link);
  expect((await commitFleet(link)).commit).toMatchObject({ files: 2 });
});

test("a linked worktree is a repository like any other", async () => {
  const root = fleet();
  const other = join(temporaryFolder(), "other");
  git(root, "worktree", "add", "--quiet", "-b", "topic", other);
  write(other, changed);
  expect((await commitFleet(other)).commit).toMatchObject({ branch: "topic" });
});

test("on a detached HEAD the commit is made, and a warning says where", async () => {
  const root = fleet();
  git(root, "checkout", "--quiet", "--detach");
  write(root, changed);
  const outcome = await commitFleet(root);
  expect(outcome.commit).toMatchObject({ branch: undefined });
  expect(outcome.issues).toMatchObject([{ code: "detached-head", severity: "warning" }]);
});

test.runIf(process.geteuid?.() === 0)("a repository of another user is not touched", async () => {
  const root = fleet();
  write(root, changed);
  for (const path of [root, join(root, ".git")]) chownSync(path, 65534, 65534);
  expect(await commitFleet(root)).toMatchObject({
    commit: undefined,
    issues: [{ code: "foreign-repository", hint: "Work as the owner of the repository." }],
  });
});

test("outside a repository, in a bare one, and without git nothing is committed", async () => {
  const folder = temporaryFolder();
  expect((await commitFleet(folder)).issues).toMatchObject([
    {
      code: "no-repository",
      message: `${folder} is not in a git repository`,
      hint: "Make one there: git init --initial-branch=main.",
    },
  ]);
  const bare = temporaryFolder();
  git(bare, "init", "--quiet", "--bare");
  expect(codes(await commitFleet(bare))).toEqual(["bare-repository"]);
  expect(codes(await commitFleet(join(folder, "missing")))).toEqual(["no-folder"]);
  vi.stubEnv("PATH", folder);
  expect(codes(await commitFleet(folder))).toEqual(["no-git"]);
});

/** Two branches that change the same line of cluster.yaml; `main` is checked out. */
function diverged(): string {
  const root = fleet();
  git(root, "switch", "--quiet", "--create", "topic");
  write(root, { [input]: "name: eu1 # topic\n" });
  git(root, "commit", "--quiet", "--all", "--message=Topic");
  git(root, "switch", "--quiet", "main");
  write(root, { [input]: "name: eu1 # main\n" });
  git(root, "commit", "--quiet", "--all", "--message=Main");
  return root;
}

test.each([
  { operation: ["merge", "topic"], message: "a merge is not finished" },
  { operation: ["rebase", "topic"], message: "a rebase is not finished" },
  { operation: ["cherry-pick", "topic"], message: "a cherry-pick is not finished" },
  { operation: ["revert", "--no-edit", "HEAD~1"], message: "a revert is not finished" },
])("$message: the commit waits for it", async ({ operation, message }) => {
  const root = diverged();
  expect(() => git(root, ...operation)).toThrow();
  const outcome = await commitFleet(root);
  expect(outcome.commit).toBeUndefined();
  expect(outcome.issues).toMatchObject([{ code: "unfinished", message }, ...[{ code: "conflicts" }]]);
});

test("a stash that did not apply leaves conflicts that are named", async () => {
  const root = fleet();
  write(root, { [input]: "name: eu1 # stashed\n" });
  git(root, "stash", "--quiet");
  write(root, { [input]: "name: eu1 # committed\n" });
  git(root, "commit", "--quiet", "--all", "--message=Other");
  expect(() => git(root, "stash", "pop")).toThrow();
  expect((await commitFleet(root)).issues).toMatchObject([{ code: "conflicts", message: `${input} has conflicts` }]);
});

test("a lock of the index is named with what to do", async () => {
  const root = fleet();
  write(root, { ...changed, ".git/index.lock": "" });
  expect((await commitFleet(root)).issues).toMatchObject([
    { code: "index-locked", message: "another git command is at work: .git/index.lock is there" },
  ]);
});

test("git that does not know who commits is told how to learn it", async () => {
  const root = fleet();
  for (const who of ["AUTHOR", "COMMITTER"]) vi.stubEnv(`GIT_${who}_NAME`, undefined);
  git(root, "config", "user.useConfigOnly", "true");
  vi.stubEnv("GIT_AUTHOR_EMAIL", undefined);
  vi.stubEnv("GIT_COMMITTER_EMAIL", undefined);
  write(root, changed);
  expect(codes(await commitFleet(root))).toEqual(["no-identity"]);
  git(root, "config", "user.name", "Somebody");
  git(root, "config", "user.email", "somebody@example.org");
  expect((await commitFleet(root)).issues).toEqual([]);
  expect(git(root, "log", "-1", "--format=%an")).toBe("Somebody\n");
});

test("the environment that git gives to hooks leads to no other repository", async () => {
  const root = fleet();
  const other = fleet();
  write(root, changed);
  vi.stubEnv("GIT_DIR", join(other, ".git"));
  vi.stubEnv("GIT_INDEX_FILE", join(other, ".git", "index"));
  expect((await commitFleet(root)).commit).toMatchObject({ files: 2 });
  vi.stubEnv("GIT_DIR", undefined);
  vi.stubEnv("GIT_INDEX_FILE", undefined);
  expect(status(root)).toBe("");
});
