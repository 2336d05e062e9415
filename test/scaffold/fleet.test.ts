import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { commitFleet } from "../../generator/git/commit.ts";
import { fleetPaths } from "../../generator/git/fleet-files.ts";
import { newCluster } from "../../generator/scaffold/cluster.ts";
import { fleetFiles, newFleet } from "../../generator/scaffold/fleet.ts";
import { workFiles } from "../../generator/tree/paths.ts";
import { git, isolateGit, temporaryFolder, write } from "../git/folders.ts";

isolateGit();

const files = [".gitattributes", ".gitignore", "README.md"];

test("a new fleet is a git repository on main with three files", async () => {
  const root = join(temporaryFolder(), "deep", "cloud");
  expect(await newFleet(root)).toEqual({ value: { files, initialized: true }, issues: [] });
  expect(readdirSync(root).sort()).toEqual([".git", ...files].sort());
  expect(git(root, "symbolic-ref", "--short", "HEAD")).toBe("main\n");
  expect(readFileSync(join(root, "README.md"), "utf8")).toMatch(/^# cloud\n/);
});

test("from a new fleet to its second commit", async () => {
  const root = join(temporaryFolder(), "cloud");
  await newFleet(root);
  expect((await commitFleet(root)).commit).toMatchObject({
    subject: "fleet: add .gitattributes, .gitignore and README.md",
    branch: "main",
  });
  await newCluster(root, "lab", { profile: "development" });
  expect((await commitFleet(root)).commit).toMatchObject({ subject: "lab: add cluster", files: 1 });
  expect(git(root, "status", "--porcelain")).toBe("");
});

test("all that a new fleet begins with is committed with the fleet", () => {
  for (const path of fleetFiles("x").keys()) expect(fleetPaths).toContain(path);
});

test("a folder with a .git alone is taken, as it is after git init or git clone", async () => {
  const root = temporaryFolder();
  git(root, "init", "--quiet", "--initial-branch=trunk");
  expect(await newFleet(root)).toEqual({ value: { files, initialized: false }, issues: [] });
  expect(git(root, "symbolic-ref", "--short", "HEAD")).toBe("trunk\n");
});

test("inside a repository none is made", async () => {
  const outer = temporaryFolder();
  git(outer, "init", "--quiet");
  expect((await newFleet(join(outer, "fleet"))).value).toEqual({ files, initialized: false });
  expect(existsSync(join(outer, "fleet", ".git"))).toBe(false);
});

test("a folder with files in it is left alone", async () => {
  const root = temporaryFolder();
  write(root, { "notes.txt": "x\n" });
  expect((await newFleet(root)).issues).toMatchObject([
    {
      code: "not-empty",
      message: `${root} is not empty: there is notes.txt`,
      hint: "Name a new folder. To begin in one that has files already: overstack new cluster NAME, there.",
    },
  ]);
  expect(readdirSync(root)).toEqual(["notes.txt"]);
});

test("a file in the place of the folder is refused, and a link to nowhere too", async () => {
  const root = temporaryFolder();
  write(root, { file: "x\n" });
  symlinkSync(join(root, "nowhere"), join(root, "link"));
  for (const [name, reason] of [
    ["file", "file already exists (EEXIST)"],
    ["file/below", "not a directory (ENOTDIR)"],
  ] as const)
    expect((await newFleet(join(root, name))).issues).toMatchObject([
      {
        code: "cannot-write",
        message: `cannot write ${join(root, name)}: ${reason}`,
        hint: "Remove the cause. Or name another folder.",
      },
    ]);
  expect((await newFleet(join(root, "link"))).issues).toMatchObject([{ code: "cannot-write" }]);
});

test("without git the files are written, and a warning says what is missing", async () => {
  const root = join(temporaryFolder(), "cloud");
  vi.stubEnv("PATH", temporaryFolder());
  const { value, issues } = await newFleet(root);
  expect(value).toEqual({ files, initialized: false });
  expect(issues).toMatchObject([{ code: "no-git", severity: "warning" }]);
});

test("git ignores what overstack keeps for itself and private keys of age, and nothing that is generated", async () => {
  const root = join(temporaryFolder(), "cloud");
  await newFleet(root);
  const ignored = (path: string): boolean => {
    try {
      git(root, "check-ignore", "--quiet", path);
      return true;
    } catch {
      return false;
    }
  };
  expect(workFiles.filter((path) => !ignored(path))).toEqual([]);
  const generated = [
    "bases/inventory.json",
    "clusters/eu1/cluster.yaml",
    "overlays/eu1/glance/run/glance.conf.d/10-cluster.conf",
  ];
  expect(generated.filter(ignored)).toEqual([]);
  expect(["eu1.agekey", "clusters/eu1/flux.agekey"].filter((path) => !ignored(path))).toEqual([]);
});

test("reviews fold generated files away and show cluster.yaml", async () => {
  const root = join(temporaryFolder(), "cloud");
  await newFleet(root);
  const attribute = (path: string): string =>
    git(root, "check-attr", "linguist-generated", path).trim().split(": ").at(-1)!;
  for (const path of [
    "bases/inventory.json",
    "overlays/eu1/x/y.yaml",
    "clusters/eu1/flux/root.yaml",
    "clusters/schema.json",
  ])
    expect([path, attribute(path)]).toEqual([path, "true"]);
  expect(attribute("clusters/eu1/cluster.yaml")).toBe("unspecified");
});
