import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { releases } from "../../generator/contract/release.ts";
import { families } from "../laws/samples.ts";
import { judged } from "./judged.ts";
import { changedFiles, select, withRequired } from "./selection.ts";

const all = [...judged.keys()].sort();
const [family, members] = [...families].find(([, family]) => Object.values(family).some((item) => item.judged))!;

describe("what a run judges", () => {
  test("is every service at every release, when asked for", () => {
    const { components } = select("all", []);
    expect([...components]).toEqual(all.map((name) => [name, releases]));
  });

  test.each([
    ["Git does not know what there was before", undefined],
    ["the kit was changed", ["docs/a.md", "generator/kit/pod.ts"]],
    ["the judge was changed", ["test/config/judge.py"]],
  ])("is every service at one release, when %s", (_, changed) => {
    const { components } = select(undefined, changed);
    expect([...components.keys()]).toEqual(all);
    expect([...components.values()].filter((found) => found.length !== 1)).toEqual([]);
  });

  test.each([
    `generator/components/${family}.ts`,
    `generator/components/${family}/a.ts`,
    `test/components/${family}.ts`,
  ])("is a family of which %s was changed, and no other", (path) => {
    const { components } = select(undefined, ["README.md", path]);
    expect([...components.keys()]).toEqual(
      Object.keys(members)
        .filter((name) => judged.has(name))
        .sort(),
    );
  });

  test("is nothing, when what was changed cannot matter", () => {
    expect(select(undefined, ["docs/a.md", "generator/cli/main.ts"]).components.size).toBe(0);
  });

  test("meets every release, as soon as there are as many services", () => {
    const met = new Set([...select(undefined, undefined).components.values()].flat());
    expect(met.size).toBe(Math.min(all.length, releases.length));
  });
});

test("a service comes with those that it requires, and they come first", () => {
  for (const [name, { requires }] of catalogue)
    if (requires?.includes("identity")) {
      const found = withRequired([name]);
      expect(found.indexOf(name), name).toBe(found.length - 1);
      expect(found.length, name).toBeGreaterThan(1);
    }
});

test("what was changed is what differs from the base, committed or not", () => {
  const root = mkdtempSync(join(tmpdir(), "overstack-selection-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: root });
  const write = (file: string) => writeFileSync(join(root, file), file);
  git("init", "--quiet", "--initial-branch=main");
  write("a");
  git("add", ".");
  git("commit", "--quiet", "--message=a");
  git("tag", "base");
  expect(changedFiles(root, "base"), "no difference tells nothing").toBeUndefined();
  expect(changedFiles(root, "origin/main"), "no such branch").toBeUndefined();
  write("b");
  git("add", ".");
  git("commit", "--quiet", "--message=b");
  write("c");
  expect(changedFiles(root, "base")).toEqual(["b", "c"]);
});
