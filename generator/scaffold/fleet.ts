import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import Handlebars from "handlebars";
import { attempt, gitIn, isMissing, noGit } from "../git/git.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";
import { gitignoreLine } from "../tree/paths.ts";
import { readme } from "./readme.ts";

/** A fleet's repository that has just been made. */
export interface NewFleet {
  /** Files that were written, relative to the fleet's root, sorted. */
  readonly files: readonly string[];
  /** True when `git init` was run; false inside a repository, and when git refused. */
  readonly initialized: boolean;
}

/** Writes the files of a new fleet into a folder that is new, empty, or holds a .git alone; makes it a git repository. */
export async function newFleet(folder: string): Promise<Checked<NewFleet>> {
  const root = resolve(folder);
  const files = fleetFiles(basename(root));
  try {
    mkdirSync(root, { recursive: true });
    const [found] = readdirSync(root).filter((name) => name !== ".git");
    if (found !== undefined) return { value: undefined, issues: [notEmpty(folder, found)] };
    for (const [path, text] of files) writeFileSync(join(root, path), text, { flag: "wx" });
  } catch (cause) {
    return { value: undefined, issues: [cannotWrite(folder, cause, "Or name another folder.")] };
  }
  const { initialized, issues } = await initialize(root);
  return { value: { files: [...files.keys()].sort(), initialized }, issues };
}

/** Path -> text of what a new fleet begins with. */
export const fleetFiles = (name: string): ReadonlyMap<string, string> =>
  new Map([
    [".gitattributes", gitattributes],
    [".gitignore", gitignore],
    ["README.md", Handlebars.compile(readme, { noEscape: true, strict: true })({ name })],
  ]);

const gitattributes = `# One line ending everywhere: the records of what was generated are the same on every machine.
* text=auto eol=lf
# Folded away in reviews: what to read is cluster.yaml.
/bases/** linguist-generated=true
/overlays/** linguist-generated=true
/clusters/schema.json linguist-generated=true
/clusters/*/inventory.json linguist-generated=true
/clusters/*/flux/** linguist-generated=true
/clusters/*/argocd/** linguist-generated=true
`;

const gitignore = `# What overstack keeps for itself while it works.
${gitignoreLine}
/node_modules/
# Private keys of age never lie in the repository.
*.agekey
# Left behind by editors and desktops.
*.swp
*~
.DS_Store
`;

async function initialize(root: string): Promise<{ initialized: boolean; issues: readonly Issue[] }> {
  const inside = await attempt(gitIn(root)("rev-parse", "--is-inside-work-tree"));
  if ("value" in inside && inside.value.trim() === "true") return { initialized: false, issues: [] };
  const made = await attempt(gitIn(root)("init", "--quiet", "--initial-branch=main"));
  if ("value" in made) return { initialized: true, issues: [] };
  const issue = isMissing(made.said)
    ? noGit
    : error("git-failed", `git init failed:\n${made.said}`, "Make the repository yourself: git init.");
  return { initialized: false, issues: [{ ...issue, severity: "warning" }] };
}

const notEmpty = (folder: string, found: string): Issue =>
  error(
    "not-empty",
    `${folder} is not empty: there is ${found}`,
    "Name a new folder. To begin in one that has files already: overstack new cluster NAME, there.",
  );
