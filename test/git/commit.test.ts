import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkoutProblems } from "../../generator/git/checkout.ts";
import { type CommitOutcome, commitFleet } from "../../generator/git/commit.ts";
import { digest, formatInventory } from "../../generator/tree/inventory.ts";
import {
  changed,
  fleet,
  git,
  glance,
  hook,
  input,
  isolateGit,
  lastCommit,
  status,
  temporaryFolder,
  tree,
  write,
} from "./folders.ts";

isolateGit();

const codes = ({ issues }: CommitOutcome): string[] => issues.map(({ code }) => code);

test("a changed fleet is one commit that says what changed", async () => {
  const root = fleet();
  write(root, changed);
  const { commit, issues, leftStaged } = await commitFleet(root);
  expect(issues).toEqual([]);
  expect(leftStaged).toEqual([]);
  expect(commit).toMatchObject({ subject: "eu1: change glance", branch: "main", files: 2 });
  expect(commit!.id).toBe(git(root, "rev-parse", "HEAD").trim());
  expect(git(root, "log", "-1", "--format=%B").trim()).toBe("eu1: change glance\n\neu1\n  glance: replicas.api 3 -> 5");
  expect(status(root)).toBe("");
});

test("with nothing to commit there is no commit", async () => {
  const root = fleet();
  const before = git(root, "rev-parse", "HEAD");
  expect(await commitFleet(root)).toEqual({ commit: undefined, leftStaged: [], issues: [] });
  expect(git(root, "rev-parse", "HEAD")).toBe(before);
});

test("new and deleted files are in the commit, also with odd names", async () => {
  const root = fleet();
  write(root, {
    'clusters/eu1/an "odd" näme\nin two lines.md': "x\n",
    "overlays/eu1/keystone-two/kustomization.yaml": "resources: []\n",
    "overlays/eu1/:(glob)**/*": "x\n",
    "overlays/eu1/glance/kustomization.yaml": null,
    [glance]: null,
  });
  const { commit, issues } = await commitFleet(root);
  expect(issues).toEqual([]);
  expect(commit).toMatchObject({ files: 5 });
  expect(lastCommit(root)).toContain("A overlays/eu1/keystone-two/kustomization.yaml");
  expect(lastCommit(root)).toContain(`D ${glance}`);
  expect(status(root)).toBe("");
});

test("what lies elsewhere stays out, and what is staged elsewhere stays staged", async () => {
  const root = fleet({ ...tree, "docs/a.md": "a\n" });
  write(root, {
    ...changed,
    "docs/a.md": "b\n",
    "draft.md": "x\n",
    "scripts/x.sh": "x\n",
    ".overstack.lock": "1",
  });
  git(root, "add", "docs", "scripts");
  const { leftStaged, issues } = await commitFleet(root);
  expect(issues).toEqual([]);
  expect(leftStaged).toEqual(["docs/a.md", "scripts/x.sh"]);
  expect(lastCommit(root)).toEqual([`M ${input}`, `M ${glance}`]);
  expect(status(root)).toBe("M  docs/a.md\nA  scripts/x.sh\n?? draft.md\n");
});

test("what is staged of the fleet is committed as it lies on the disk", async () => {
  const root = fleet();
  write(root, { [glance]: "replicas: 4\n", "overlays/eu1/passing/kustomization.yaml": "x\n" });
  git(root, "add", "--all");
  write(root, { ...changed, "overlays/eu1/passing/kustomization.yaml": null });
  expect((await commitFleet(root)).commit).toMatchObject({ files: 2 });
  expect(git(root, "show", `HEAD:${glance}`)).toBe("replicas: 5\n");
  expect(status(root)).toBe("");
});

test("a change that is staged and taken back on the disk is not a change", async () => {
  const root = fleet();
  write(root, { [glance]: "replicas: 4\n" });
  git(root, "add", "--all");
  write(root, { [glance]: tree[glance]! });
  expect((await commitFleet(root)).commit).toBeUndefined();
});

test("a folder that git has been told to remove is removed", async () => {
  const root = fleet();
  git(root, "rm", "--quiet", "-r", "overlays");
  write(root, { [input]: null });
  expect((await commitFleet(root)).commit).toMatchObject({ subject: "eu1: remove cluster", files: 3 });
  expect(status(root)).toBe("");
});

test("a file that git has been told to forget stays, for it belongs to the fleet", async () => {
  const root = fleet();
  git(root, "rm", "--quiet", "--cached", glance);
  write(root, { [glance]: "replicas: 5\n" });
  expect((await commitFleet(root)).commit).toMatchObject({ files: 1 });
  expect(lastCommit(root)).toEqual([`M ${glance}`]);
  git(root, "rm", "--quiet", "--cached", glance);
  expect(await commitFleet(root)).toMatchObject({ commit: undefined, issues: [] });
});

test("the first commit of a repository takes the whole fleet", async () => {
  const root = temporaryFolder();
  git(root, "init", "--quiet", "--initial-branch=main");
  write(root, { ...tree, "notes.txt": "x\n" });
  const { commit, issues } = await commitFleet(root);
  expect(issues).toEqual([]);
  expect(commit).toMatchObject({ subject: "eu1: add cluster", files: Object.keys(tree).length });
  expect(git(root, "ls-files").trim().split("\n")).toEqual(Object.keys(tree).sort());
  expect(status(root)).toBe("?? notes.txt\n");
});

test("a fleet in a folder of a repository is committed without the rest of it", async () => {
  const repository = fleet({ "README.md": "# all\n", "clusters/x": "not of the fleet\n" });
  const root = join(repository, "deploy", "fleet");
  write(root, tree);
  write(repository, { "README.md": "# changed\n", "clusters/x": "changed\n" });
  expect((await commitFleet(root)).issues).toEqual([]);
  write(root, changed);
  expect((await commitFleet(root)).commit!.body).toContain("glance: replicas.api 3 -> 5");
  expect(lastCommit(repository)).toEqual([`M deploy/fleet/${input}`, `M deploy/fleet/${glance}`]);
  expect(status(repository)).toBe(" M README.md\n M clusters/x\n");
});

test("a hook that refuses is quoted, and the index is as before", async () => {
  const root = fleet();
  hook(root, "commit-msg", 'echo "subject needs a ticket"; exit 1');
  write(root, { ...changed, "overlays/eu1/new/kustomization.yaml": "x\n", "docs.md": "x\n" });
  git(root, "add", "docs.md");
  const before = status(root);
  const outcome = await commitFleet(root);
  expect(outcome.commit).toBeUndefined();
  expect(outcome.issues).toMatchObject([
    { code: "commit-refused", message: "git refused the commit:\nsubject needs a ticket" },
  ]);
  expect(status(root)).toBe(before);
});

test("a hook that refuses without a word is not a success", async () => {
  const root = fleet();
  hook(root, "pre-commit", "exit 1");
  write(root, changed);
  const outcome = await commitFleet(root);
  expect(outcome.commit).toBeUndefined();
  expect(codes(outcome)).toEqual(["commit-refused"]);
});

test("a commit that cannot be signed is not made", async () => {
  const root = fleet();
  git(root, "config", "commit.gpgSign", "true");
  git(root, "config", "gpg.program", "/bin/false");
  write(root, { "overlays/eu1/new/kustomization.yaml": "x\n" });
  expect(codes(await commitFleet(root))).toEqual(["not-signed"]);
  expect(status(root)).toBe("?? overlays/eu1/new/kustomization.yaml\n");
});

test("a rule that hides generated files from the delivery engine is named", async () => {
  const conf = "overlays/eu1/glance/run/10-cluster.conf";
  const root = fleet({
    ...tree,
    ".gitignore": "/.overstack.*\n*.conf\n*.swp\n",
    "clusters/eu1/inventory.json": formatInventory({ files: new Map([[conf, "0".repeat(64)]]) }),
  });
  write(root, { [conf]: "x\n", "clusters/eu1/.cluster.yaml.swp": "x\n" });
  expect((await commitFleet(root)).issues).toMatchObject([
    {
      code: "ignored-file",
      message: `git ignores ${conf}`,
      hint: "Remove or narrow the rule that does it: .gitignore:2:*.conf.",
    },
  ]);
  write(root, { ".gitignore": "/.overstack.*\n*.swp\n" });
  expect((await commitFleet(root)).commit).toMatchObject({ files: 2 });
});

test("links and repositories in the place of the fleet's folders are refused", async () => {
  const root = fleet({ ".gitignore": "/.overstack.*\n" });
  symlinkSync(temporaryFolder(), join(root, "overlays"));
  expect(codes(await commitFleet(root))).toEqual(["linked-folder"]);
  const other = fleet();
  git(other, "init", "--quiet", "clusters/eu2");
  write(other, { "clusters/eu2/cluster.yaml": "name: eu2\n" });
  git(join(other, "clusters/eu2"), "add", "--all");
  git(join(other, "clusters/eu2"), "commit", "--quiet", "--message=Own");
  expect(codes(await commitFleet(other))).toEqual(["nested-repository"]);
  expect(existsSync(join(other, "clusters/eu2/.git"))).toBe(true);
});

test("settings of git that change its output do not change the commit", async () => {
  const root = fleet();
  const settings = {
    "color.ui": "always",
    "commit.cleanup": "scissors",
    "commit.status": "true",
    "commit.verbose": "true",
    "core.commentChar": "e",
    "diff.noprefix": "true",
    "diff.external": "/bin/false",
    "diff.relative": "true",
    "diff.renames": "copies",
    "status.showUntrackedFiles": "no",
  };
  for (const [key, value] of Object.entries(settings)) git(root, "config", key, value);
  write(root, { ...changed, "overlays/eu1/keystone-two/kustomization.yaml": "resources: [run]\n" });
  expect((await commitFleet(root)).commit).toMatchObject({ files: 3 });
  expect(git(root, "log", "-1", "--format=%s").trim()).toBe("eu1: change glance, add keystone-two");
});

/** A fleet whose records name its file of Glance. */
function recorded(): string {
  const text = tree[glance]!;
  const inventory = formatInventory({ files: new Map([[glance, digest(text)]]), facts: {} });
  return fleet({ ...tree, "clusters/eu1/inventory.json": inventory });
}

/** The change that every commit below wants to make, with its record. */
function change(root: string): void {
  const text = changed[glance]!;
  const inventory = formatInventory({ files: new Map([[glance, digest(text)]]), facts: {} });
  write(root, { ...changed, "clusters/eu1/inventory.json": inventory });
}

describe("what Git will hold differs in no byte from what was generated", () => {
  const refusals: readonly (readonly [what: string, code: string, prepare: (root: string) => void])[] = [
    [
      "a clean filter",
      "stored-otherwise",
      (root) => {
        write(root, { ".gitattributes": "*.yaml filter=pointer\n" });
        git(root, "config", "filter.pointer.clean", "echo pointer");
      },
    ],
    [
      "a filter that is not installed",
      "stored-otherwise",
      (root) => write(root, { ".gitattributes": "overlays/** filter=lfs\n" }),
    ],
    [
      "keywords",
      "stored-otherwise",
      (root) => {
        write(root, { ".gitattributes": "*.yaml ident\n" });
        const text = "# $Id: 1 $\n";
        const inventory = formatInventory({ files: new Map([[glance, digest(text)]]), facts: {} });
        write(root, { [glance]: text, "clusters/eu1/inventory.json": inventory });
      },
    ],
    [
      "a file assumed to be unchanged",
      "hidden-change",
      (root) => git(root, "update-index", "--assume-unchanged", glance),
    ],
    ["a file that is skipped", "hidden-change", (root) => git(root, "update-index", "--skip-worktree", glance)],
    [
      "a submodule",
      "nested-repository",
      (root) => {
        const other = fleet({ "inventory.json": "{}\n" });
        git(root, "rm", "--quiet", "-r", "bases");
        git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other, "bases");
        git(root, "commit", "--quiet", "--message=Submodule");
      },
    ],
  ];
  test.each(refusals)("%s is refused", async (_, code, prepare) => {
    const root = recorded();
    change(root);
    prepare(root);
    const before = git(root, "rev-parse", "HEAD");
    const outcome = await commitFleet(root);
    expect(codes(outcome)).toEqual([code]);
    expect(git(root, "rev-parse", "HEAD")).toBe(before);
  });

  test("line ends of a checkout are those of that machine alone", async () => {
    const root = recorded();
    change(root);
    write(root, { ".gitattributes": "* text=auto eol=lf\n", [glance]: changed[glance]!.replaceAll("\n", "\r\n") });
    expect(codes(await commitFleet(root))).toEqual([]);
    expect(git(root, "show", `HEAD:${glance}`)).toBe(changed[glance]);
  });
});

test("a commit that git refuses leaves the index as it was", async () => {
  const root = fleet();
  git(root, "sparse-checkout", "set", "--no-cone", "/*", "!/overlays/");
  write(root, { "clusters/eu1/flux/new.yaml": "x\n", "overlays/eu1/new/kustomization.yaml": "resources: []\n" });
  const before = git(root, "ls-files", "--stage", "--debug");
  const outcome = await commitFleet(root);
  if (outcome.commit === undefined) expect(git(root, "ls-files", "--stage", "--debug")).toBe(before);
  else expect(lastCommit(root)).toContain("A overlays/eu1/new/kustomization.yaml");
});

test("a fleet in a folder that looks like a bare repository runs none of its programs", async () => {
  const root = fleet();
  const traced = join(root, "ran");
  write(root, {
    "fleet/HEAD": "ref: refs/heads/main\n",
    "fleet/config": `[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = touch ${traced} && false\n`,
    "fleet/objects/.keep": "",
    "fleet/refs/.keep": "",
    "fleet/clusters/eu1/cluster.yaml": "name: eu1\n",
  });
  expect(codes(await commitFleet(join(root, "fleet")))).toEqual(["bare-repository"]);
  expect(existsSync(traced)).toBe(false);
});

describe("a checkout is fit to write in", () => {
  test("not while clusters are left out of it: they would look removed", async () => {
    const root = fleet({ ...tree, "clusters/lab/cluster.yaml": "name: lab\n", "overlays/lab/x.yaml": "x\n" });
    expect(await checkoutProblems(root)).toEqual([]);
    git(root, "sparse-checkout", "set", "bases", "clusters/lab", "overlays/lab");
    expect(await checkoutProblems(root)).toMatchObject([
      { code: "not-checked-out", message: expect.stringContaining("so that eu1 would look removed") },
    ]);
    expect(await checkoutProblems(root, ["lab"])).toEqual([]);
    git(root, "sparse-checkout", "set", "clusters/lab", "overlays/lab");
    expect(await checkoutProblems(root, ["lab"])).toMatchObject([{ code: "not-checked-out" }]);
  });

  test("not with a file in place of a folder that Git leaves out either", async () => {
    const root = fleet();
    git(root, "sparse-checkout", "set", "clusters");
    write(root, { overlays: "a file\n" });
    expect(await checkoutProblems(root)).toMatchObject([{ code: "not-checked-out" }]);
  });

  test.each([".overstack.lock", ".overstack.journal", ".overstack.cache", ".overstack.pending/list.json"])(
    "not while Git tracks %s",
    async (file) => {
      const root = fleet({ ...tree, ".gitignore": "", [file]: "{}" });
      expect(await checkoutProblems(root)).toMatchObject([{ code: "tracked-work-file", file }]);
    },
  );

  test("nor is anything asked outside a repository", async () => {
    expect(await checkoutProblems(temporaryFolder())).toEqual([]);
  });
});
