import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { basesInventory, clusterFile, inventoryFile, secretsFolder, templateFile, wavesFile } from "../base/layout.ts";
import type { Issue } from "../issues/issue.ts";
import { parseInventory } from "../tree/inventory.ts";
import { attempt, type Git, listed, refusal } from "./git.ts";

const folders: readonly string[] = ["bases", "clusters", "overlays"];

/** What belongs to a fleet in its root: folders with all that is in them, the files that a new fleet begins with, and its own. */
export const fleetPaths: readonly string[] = [
  ...folders,
  ".gitattributes",
  ".gitignore",
  "README.md",
  templateFile,
  wavesFile,
];

/** Entries of the fleet's root that the paths lie in or are. */
export const roots = (paths: readonly string[]): string[] =>
  [...new Set(paths.map((path) => path.split("/")[0]!))].sort();

/** True for a path of the repository that belongs to the fleet at the prefix. */
export const isFleets = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) && fleetPaths.includes(path.slice(prefix.length).split("/")[0]!);

/** Git would commit the link, and the delivery engine would find nothing behind it. */
export const linkedFolders = (root: string): Issue[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => folders.includes(entry.name) && entry.isSymbolicLink())
    .map(({ name: file }) => ({
      ...refusal(
        "linked-folder",
        `${file} is a symbolic link`,
        "Replace it by what it points to: git commits the link alone.",
      ),
      file,
    }));

/** Git lists a repository inside the repository as a folder, and would commit a reference to it without its files. */
export const nestedRepositories = (untracked: readonly string[]): Issue[] =>
  untracked
    .filter((path) => path.endsWith("/"))
    .map((file) => ({
      ...refusal("nested-repository", `${file} is a git repository of its own`, `Move it away, or delete ${file}.git.`),
      file,
    }));

/** A rule like `*.conf` in some .gitignore must not keep files from the delivery engine. */
export async function ignoredFiles(git: Git, root: string): Promise<Issue[]> {
  const options = ["-z", "--others", "--ignored", "--exclude-standard"];
  const found = listed(await git("ls-files", ...options, "--", ...folders));
  if (found.length === 0) return [];
  const forEngines = filesForEngines(root);
  const needed = found.filter((path) => forEngines.has(path));
  const [file] = needed;
  if (file === undefined) return [];
  const rule = await attempt(git("check-ignore", "--verbose", "--", file));
  const where = "value" in rule ? rule.value.split("\t")[0]!.trim() : "git check-ignore --verbose shows it";
  const more = needed.length > 1 ? ` and ${needed.length - 1} more of the fleet's files` : "";
  return [
    {
      ...refusal("ignored-file", `git ignores ${file}${more}`, `Remove or narrow the rule that does it: ${where}.`),
      file,
    },
  ];
}

/** What engines and the next run read: files that Overstack wrote, by its own records, each cluster.yaml, each Secret. */
export function filesForEngines(root: string): ReadonlySet<string> {
  const clusters = globSync("clusters/*", { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const records = [basesInventory, ...clusters.map(inventoryFile)].flatMap((path) => {
    const text = textOf(join(root, path));
    const inventory = text === undefined ? undefined : parseInventory(path, text).value;
    return inventory === undefined ? [] : [path, ...inventory.files.keys()];
  });
  const secrets = clusters.flatMap((name) =>
    globSync("*/*.yaml", { cwd: join(root, secretsFolder(name)) }).map((file) => `${secretsFolder(name)}/${file}`),
  );
  return new Set([...records, ...secrets.map((path) => path.replaceAll("\\", "/")), ...clusters.map(clusterFile)]);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
