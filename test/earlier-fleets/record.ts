import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import type { Files } from "../golden-trees/texts.ts";
import { earlierFleets, inputsOf, packed, writeFiles } from "./fleet.ts";

// `npm run earlier -- <commit>` lets the generator of that commit write the clusters that lie in
// test/earlier-fleets/<commit>/clusters, and records the tree next to them. See CONTRIBUTING.md.

const [commit] = process.argv.slice(2);
if (commit === undefined) throw new Error("Say which commit: npm run earlier -- <commit>");
const folder = join(earlierFleets, commit);
const clusters = inputsOf(folder);
if (clusters.size === 0) throw new Error(`${folder}/clusters has no cluster: <name>.yaml`);

const work = mkdtempSync(join(tmpdir(), "overstack-earlier-"));
const [repository, fleet] = [join(work, "repository"), join(work, "fleet")];
const run = (cwd: string, program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
const overstack = (...args: string[]): string =>
  run(fleet, process.execPath, join(repository, "generator/cli/main.ts"), ...args);

try {
  run(".", "git", "worktree", "add", "--quiet", "--detach", repository, commit);
  // Of that commit too: what a library writes is a part of the tree.
  run(repository, "npm", "ci", "--omit=dev", "--ignore-scripts");
  writeFiles(fleet, new Map([...clusters].map(([name, text]) => [`clusters/${name}/cluster.yaml`, text])));
  overstack("generate");
  const secrets = Object.fromEntries([...clusters.keys()].map((name) => [name, secretsOf(name)]));
  overstack("generate");
  writeFileSync(join(folder, "secrets.yaml"), stringify(secrets, { flowCollectionPadding: false }));
  writeFileSync(join(folder, "tree.txt"), packed(generated()));
  // What the tests say of the fleet; of a new one nothing yet.
  appendFileSync(join(folder, "said.txt"), "");
  if (!existsSync(join(folder, "changes.yaml"))) writeFileSync(join(folder, "changes.yaml"), "[]\n");
} finally {
  run(".", "git", "worktree", "remove", "--force", repository);
  rmSync(work, { recursive: true, force: true });
}

/** Names of the Secrets of a cluster with their keys; makes those that lie in Git. */
function secretsOf(name: string): Record<string, string[]> {
  if (/provider: sops/.test(clusters.get(name)!)) overstack("secrets", "create", name);
  const { secrets } = JSON.parse(overstack("--output", "json", "secrets", "list", name)) as {
    secrets: { id: string; keys: string[] }[];
  };
  return Object.fromEntries(secrets.map(({ id, keys }) => [id, keys]));
}

/** All that was generated. */
function generated(): Files {
  const paths = globSync("{bases,overlays,clusters}/**/*", { cwd: fleet, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "cluster.yaml")
    .map((entry) => relative(fleet, join(entry.parentPath, entry.name)))
    .sort();
  return new Map(paths.map((path) => [path, withoutValues(path, readFileSync(join(fleet, path), "utf8"))]));
}

/** A Secret has its name and nothing else: a test that uses the record makes values of its own. */
function withoutValues(path: string, text: string): string {
  const isSecret = /^overlays\/[^/]+\/secrets\/[^/]+\//.test(path);
  return isSecret ? text.replace(/^(?:stringData|data):[\s\S]*/m, "") : text;
}
