import { hash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parse } from "yaml";
import { type KubernetesObject, kustomizeBuildAll, kustomizeVersion, parseObjects } from "./kustomize.ts";

// What Kustomize makes of a directory follows from the files that it reads and from its version. Results are kept on disk by
// the digest of both: whatever has not changed since another run, in this worktree or another, is not built again.

const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", "builds");
const daysKept = 7;
/** OVERSTACK_BUILDS=fresh builds everything again, and keeps that. */
const isFresh = process.env.OVERSTACK_BUILDS === "fresh";

/** The objects of `kustomize build` of directories below a root, by directory; what an earlier run has built is read. */
export async function keptBuilds(
  root: string,
  directories: readonly string[],
): Promise<Map<string, KubernetesObject[]>> {
  const digests = new Map<string, string>();
  const files = new Map(
    directories.map((directory) => [directory, join(place(), `${digestOf(join(root, directory), digests)}.json`)]),
  );
  const missing = directories.filter((directory) => isFresh || !existsSync(files.get(directory)!));
  const built = await kustomizeBuildAll(missing.map((directory) => join(root, directory)));
  for (const directory of missing)
    keep(files.get(directory)!, JSON.stringify(parseObjects(built.get(join(root, directory))!)));
  return new Map(directories.map((directory) => [directory, JSON.parse(readFileSync(files.get(directory)!, "utf8"))]));
}

let known: string | undefined;

/** The folder of this version's results; those that are older than a week go when a worker first asks for it. */
function place(): string {
  if (known !== undefined) return known;
  known = join(folder, kustomizeVersion());
  mkdirSync(known, { recursive: true });
  const oldest = Date.now() - daysKept * 86_400_000;
  for (const file of readdirSync(known))
    if ((statSync(join(known, file), { throwIfNoEntry: false })?.mtimeMs ?? oldest) < oldest)
      rmSync(join(known, file), { force: true });
  return known;
}

/** Written next to the target and renamed: of several workers nobody reads half a file. */
function keep(file: string, text: string): void {
  const staging = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  writeFileSync(staging, text);
  renameSync(staging, file);
}

/** Digest of all files below a directory and, in the same way, of the directories outside it that its kustomizations name. */
function digestOf(directory: string, digests: Map<string, string>): string {
  const found = digests.get(directory);
  if (found !== undefined) return found;
  const parts = globSync("**/*", { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .flatMap((file) => {
      const text = readFileSync(file, "utf8");
      const own = `${relative(directory, file)}\n${hash("sha256", text)}`;
      const others = file.endsWith("/kustomization.yaml") ? othersOf(dirname(file), text, directory) : [];
      return [own, ...others.map((other) => `${relative(directory, other)}\n${digestOf(other, digests)}`)];
    });
  const digest = hash("sha256", parts.join("\n"));
  digests.set(directory, digest);
  return digest;
}

/** Directories that a kustomization reads and that do not lie below the one that is built. */
function othersOf(at: string, text: string, root: string): string[] {
  const { resources = [], components = [] } = (parse(text) ?? {}) as Record<string, string[]>;
  return [...resources, ...components]
    .map((path) => join(at, path))
    .filter((path) => relative(root, path).startsWith("..") && statSync(path).isDirectory());
}
