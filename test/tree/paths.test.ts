import { expect, test } from "vitest";
import { apply } from "../../generator/tree/apply.ts";
import {
  foldCase,
  foldersAbove,
  gitignoreLine,
  isSafePath,
  safePath,
  safePaths,
  workFiles,
} from "../../generator/tree/paths.ts";
import { temporaryFolder } from "./folder.ts";
import { bases, cluster, planFor } from "./run.ts";

/** What is said of a path whose folder is looked at, and then of one whose folder is known. */
const twice = (path: string): boolean[] => {
  const isSafe = safePaths();
  return [isSafe(path), isSafe(path)];
};

test.each([
  "bases/2026.1/glance/kustomization.yaml",
  "overlays/eu1/glance/.sops.yaml",
  "overlays/eu1/nova-cell1/policy.d/a b.yaml",
  "a.gitignore",
  "conduct/console.yaml",
  "clusters/münchen/ingress.yaml",
])("%j is a path for a generated file", (path) => {
  expect(safePath(path)).toBe(path);
  expect(twice(path)).toEqual([true, true]);
});

test.each([
  "",
  "/etc/passwd",
  "/a",
  "a//b",
  "a/",
  ".",
  "./a",
  "..",
  "a/../b",
  "a/..",
  "a\\b",
  "C:/a",
  "a\u0000b",
  "a\nb",
  "a\u007fb",
  "a/b.",
  "a/b ",
  "a./b",
  "a?b",
  "a*",
  'a"b',
  "<a>",
  "a|b",
  "a/aux",
  "CON.yaml",
  "com1/a",
  "lpt9.tar.gz",
  "nul",
  ".git/config",
  "a/.GIT/hooks/post-commit",
  "git~1/config",
  ".overstack.lock",
  "\ud800",
])("%j is not a path for a generated file", (path) => {
  expect(isSafePath(path)).toBe(false);
  expect(twice(path)).toEqual([false, false]);
  expect(() => safePath(path)).toThrow("unsafe path");
});

test("a scope with an unsafe path is a bug, found before anything is written", () => {
  expect(() => planFor(temporaryFolder(), [cluster("eu1", { "../outside.yaml": "a\n" })])).toThrow("unsafe path");
});

test("a file wanted twice is a bug", () => {
  const scopes = [bases({ "bases/a.yaml": "a\n" }), cluster("eu1", { "bases/a.yaml": "a\n" })];
  expect(() => planFor(temporaryFolder(), scopes)).toThrow("bases/a.yaml, wanted by the scope eu1, is wanted twice");
});

test("a file wanted as a folder too is a bug", () => {
  const scope = cluster("eu1", { "overlays/eu1/x": "a\n", "overlays/eu1/x/b.yaml": "b\n" });
  expect(() => planFor(temporaryFolder(), [scope])).toThrow("overlays/eu1/x is wanted both as a file and as a folder");
});

test("two names that differ in case only are refused", () => {
  const root = temporaryFolder();
  const planned = planFor(root, [
    cluster("eu1", { "overlays/eu1/Policy.yaml": "a\n", "overlays/eu1/policy.yaml": "b\n" }),
  ]);
  expect(planned.issues).toMatchObject([
    {
      code: "case-clash",
      message: "overlays/eu1/Policy.yaml and overlays/eu1/policy.yaml differ only in upper and lower case",
    },
  ]);
  expect(() => apply(root, planned)).toThrow("must not be applied");
});

test("folders that differ in case only are refused", () => {
  const { issues } = planFor(temporaryFolder(), [
    cluster("eu1", { "overlays/eu1/A/a": "a\n", "overlays/eu1/a/b": "b\n" }),
  ]);
  expect(issues).toMatchObject([{ code: "case-clash", file: "overlays/eu1/a" }]);
});

test("composed and decomposed letters are one name on macOS", () => {
  expect(foldCase("mu\u0308nchen")).toBe(foldCase("M\u00fcnchen"));
});

test("all folders above a file are known", () => {
  expect([...foldersAbove(["a/b/c.yaml", "a/d.yaml", "e.yaml"])]).toEqual(["a/b", "a"]);
});

test("git ignores what a run leaves while it works", () => {
  const prefix = gitignoreLine.replace("/", "").replace("*", "");
  expect(workFiles.every((name) => name.startsWith(prefix))).toBe(true);
});
