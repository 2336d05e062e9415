import { execFileSync } from "node:child_process";
import { appendFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { type KubernetesObject, kustomizeObjects } from "../tools/kustomize.ts";
import type { ControlPlane } from "./control-plane.ts";
import { serveManifests } from "./manifests.ts";
import { addresses, sandbox, serving } from "./sandbox.ts";

const program = resolve("generator/cli/main.ts");

/** A fleet's repository as its operator works in it: files are edited, `overstack` is run, commits are pushed. */
export interface Fleet {
  readonly folder: string;
  /** Runs overstack in it and returns what it prints. */
  overstack(...args: readonly string[]): string;
  /** The same for a command that reads its standard input. */
  pipe(input: string, ...args: readonly string[]): string;
  /** Runs git in it and returns what it prints. */
  git(...args: readonly string[]): string;
  write(path: string, text: string): void;
  /** Puts text behind that of a file. */
  append(path: string, text: string): void;
  /** Replaces text of a file, which must be there. */
  edit(path: string, before: string, after: string): void;
  /** Commits all as it is and pushes it, with tags; returns the commit. */
  commit(...tags: readonly string[]): string;
  /** The same after generating. */
  push(...tags: readonly string[]): string;
}

/** Serves repositories to the programs of the cluster: https://git.example.org/… and those of operators' manifests. */
export function serveGit(cluster: ControlPlane): string {
  const root = join(cluster.folder, "git");
  mkdirSync(root);
  serveManifests(root);
  const script = join(import.meta.dirname, "git-server.ts");
  cluster.run("git-server", process.execPath, [script, root, addresses.served, serving.certificate, serving.key]);
  return root;
}

/** A fleet with these clusters (name -> text of cluster.yaml), not generated yet, whose commits go to https://git.example.org/fleet.git. */
export function makeFleet(served: string, clusters: Readonly<Record<string, string>>): Fleet {
  const folder = mkdtempSync(join(sandbox, "fleet-"));
  const bare = join(served, "git.example.org", "fleet.git");
  mkdirSync(dirname(bare), { recursive: true });
  rmSync(bare, { recursive: true, force: true });
  const run = (file: string, args: readonly string[], input = "") =>
    execFileSync(file, args, { cwd: folder, encoding: "utf8", stdio: "pipe", maxBuffer: 1 << 28, input });
  const git: Fleet["git"] = (...args) => run("git", args);
  const overstack: Fleet["overstack"] = (...args) => run(process.execPath, [program, ...args]);
  const pipe: Fleet["pipe"] = (input, ...args) => run(process.execPath, [program, ...args], input);
  const write: Fleet["write"] = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  const commit: Fleet["commit"] = (...tags) => {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", "Change");
    for (const tag of tags) git("tag", tag);
    git("push", "--quiet", "--force", "origin", "HEAD:main", ...tags);
    return git("rev-parse", "HEAD").trim();
  };

  git("init", "--quiet", "--bare", "--initial-branch=main", bare);
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Operator");
  git("config", "user.email", "operator@example.org");
  git("remote", "add", "origin", bare);
  write(".gitignore", "/.overstack.*\n");
  for (const [name, text] of Object.entries(clusters)) write(`clusters/${name}/cluster.yaml`, text);
  return {
    folder,
    overstack,
    pipe,
    git,
    write,
    append: (path, text) => appendFileSync(join(folder, path), text),
    edit(path, before, after) {
      const text = readFileSync(join(folder, path), "utf8");
      if (!text.includes(before)) throw new Error(`${path} has no ${before}`);
      write(path, text.replace(before, after));
    },
    commit,
    push(...tags) {
      overstack("generate");
      return commit(...tags);
    },
  };
}

/** What Kustomize makes of all overlays of a cluster: at once, for its start costs more than to build a few objects. */
export function overlaysOf(fleet: Fleet, cluster: string): KubernetesObject[] {
  const files = globSync(`overlays/${cluster}/*/kustomization.yaml`, { cwd: fleet.folder });
  // The folder of an owner takes those of its parts along.
  const taken = files.flatMap((file) => {
    const { resources = [] } = parse(readFileSync(join(fleet.folder, file), "utf8")) as { resources?: string[] };
    return resources.map((resource) => join(dirname(file), resource));
  });
  const folders = files.map(dirname).filter((folder) => !taken.includes(folder));
  fleet.write("all/kustomization.yaml", JSON.stringify({ resources: folders.map((folder) => `../${folder}`) }));
  return kustomizeObjects(join(fleet.folder, "all"));
}

/** Priorities that these objects name, and that somebody else has made. */
export const prioritiesOf = (objects: readonly KubernetesObject[]): object[] =>
  [...new Set([...JSON.stringify(objects).matchAll(/"priorityClassName":"([^"]+)"/g)].map(([, name]) => name!))]
    .filter((name) => !name.startsWith("system-"))
    .map((name) => ({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value: 1000 }));

/** cluster.yaml of a golden cluster. */
export const golden = (name: string): string => readFileSync(`test/golden/clusters/${name}/cluster.yaml`, "utf8");
