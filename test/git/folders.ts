import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, onTestFinished, vi } from "vitest";

/** Git reads no configuration of the machine's, and knows who commits. */
export function isolateGit(): void {
  beforeEach(() => {
    const who = { NAME: "Test Operator", EMAIL: "operator@example.org" };
    for (const [key, value] of Object.entries(who)) {
      vi.stubEnv(`GIT_AUTHOR_${key}`, value);
      vi.stubEnv(`GIT_COMMITTER_${key}`, value);
    }
    vi.stubEnv("GIT_CONFIG_GLOBAL", "/dev/null");
    vi.stubEnv("GIT_CONFIG_NOSYSTEM", "1");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
}

/** A folder that is there until the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "overstack-git-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs git and returns what it prints. */
export const git = (folder: string, ...args: string[]): string =>
  execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Path -> text, written below the folder; null deletes the file. */
export function write(folder: string, files: Readonly<Record<string, string | null>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    if (text === null) {
      rmSync(file);
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** A hook of the repository, as a shell script. */
export function hook(folder: string, name: string, script: string): void {
  const file = join(folder, ".git", "hooks", name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Files of the last commit, as `A path`. */
export const lastCommit = (folder: string): string[] =>
  git(folder, "-c", "core.quotePath=false", "show", "--format=", "--name-status", "--no-renames", "HEAD")
    .trim()
    .split("\n")
    .map((line) => line.replace("\t", " "));

/** The tree of a small fleet. */
export const tree: Readonly<Record<string, string>> = {
  ".gitignore": "/.overstack.*\n",
  "README.md": "# fleet\n",
  "bases/2026.1/glance/run/kustomization.yaml": "resources: []\n",
  "bases/inventory.json": "{}\n",
  "clusters/eu1/cluster.yaml": "name: eu1\nservices:\n  glance: { replicas: { api: 3 } }\n",
  "clusters/eu1/flux/root.yaml": "kind: Kustomization\n",
  "clusters/eu1/inventory.json": "{}\n",
  "overlays/eu1/glance/kustomization.yaml": "resources: [run]\n",
  "overlays/eu1/glance/run/kustomization.yaml": "replicas: 3\n",
};

/** Its input, and one of the files that are generated from it. */
export const input = "clusters/eu1/cluster.yaml";
export const glance = "overlays/eu1/glance/run/kustomization.yaml";

/** The two with more replicas of Glance. */
export const changed: Readonly<Record<string, string>> = {
  [input]: tree[input]!.replace("3", "5"),
  [glance]: "replicas: 5\n",
};

/** What git finds changed, staged and not. */
export const status = (folder: string): string => git(folder, "status", "--porcelain", "--untracked-files=all");

/** A repository whose last commit is that fleet. */
export function fleet(files: Readonly<Record<string, string>> = tree): string {
  const root = temporaryFolder();
  git(root, "init", "--quiet", "--initial-branch=main");
  write(root, files);
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--message=First");
  return root;
}
