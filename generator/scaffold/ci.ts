import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ciKinds, renovate } from "../base/layout.ts";
import { attempt, gitIn } from "../git/git.ts";
import { type Checked, error, type Issue, warning } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";
import { forgejoWorkflow } from "./ci-forgejo.ts";
import { gitHubWorkflow } from "./ci-github.ts";
import { gitLabPipeline } from "./ci-gitlab.ts";
import { renovateConfiguration } from "./renovate.ts";

export type CiKind = (typeof ciKinds)[number];

/** What can be written beside the fleet, and is its operator's then. */
export type WrittenKind = CiKind | typeof renovate;

/** Where a forge looks for it, and its text; `folder` is where the fleet lies in the repository, `.` at its root. */
export const ciFile: Readonly<Record<CiKind, { path: string; text: (folder: string) => string }>> = {
  github: { path: ".github/workflows/overstack.yaml", text: gitHubWorkflow },
  gitlab: { path: ".gitlab-ci.yml", text: gitLabPipeline },
  forgejo: { path: ".forgejo/workflows/overstack.yaml", text: forgejoWorkflow },
};

const written: Readonly<Record<WrittenKind, (typeof ciFile)[CiKind]>> = {
  ...ciFile,
  renovate: { path: "renovate.json", text: renovateConfiguration },
};

/** Writes the file into the repository around a fleet; its path there, or why not. */
export async function newCi(root: string, kind: WrittenKind, version: string): Promise<Checked<string>> {
  const [top, prefix] = await Promise.all([
    attempt(gitIn(root)("rev-parse", "--show-toplevel")),
    attempt(gitIn(root)("rev-parse", "--show-prefix")),
  ]);
  const repository = "value" in top ? top.value.trimEnd() : root;
  const folder = "value" in prefix ? prefix.value.trimEnd().replace(/\/$/, "") || "." : ".";
  const { path, text } = written[kind];
  const file = join(repository, path);
  if (existsSync(file)) return { value: undefined, issues: [isThere(path)] };
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text(folder), { flag: "wx" });
  } catch (cause) {
    return { value: undefined, issues: [cannotWrite(path, cause, "Then make it again.")] };
  }
  return { value: path, issues: isInstallable(root) ? [] : [notInstallable(version)] };
}

/** npm ci installs what these two files say. */
function isInstallable(root: string): boolean {
  try {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    return "overstack" in { ...dependencies, ...devDependencies } && existsSync(join(root, "package-lock.json"));
  } catch {
    return false;
  }
}

const isThere = (path: string): Issue =>
  error(
    "ci-exists",
    `there is ${path} already`,
    "It is yours, and stays. Move it away, make it again, and put together what you want of both.",
    { file: path },
  );

const notInstallable = (version: string): Issue =>
  warning(
    "no-package",
    "package.json and package-lock.json do not name overstack, and npm ci would not install it",
    `Run: npm install --save-exact overstack@${version}, from the registry or the file that you have it in, and commit both.`,
  );
