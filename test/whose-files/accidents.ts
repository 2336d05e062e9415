import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { memoryFile } from "../../generator/fleet/memory.ts";
import { digest } from "../../generator/tree/inventory.ts";
import { isFolder } from "../../generator/tree/stat.ts";
import { git, write } from "../git/folders.ts";
import { isThere, type Place } from "./fleet.ts";

/** Something that happens to a checkout: by a clone, a pull request, another program, or by hand. */
export interface Accident {
  readonly what: string;
  readonly happen: (place: Place) => void;
}

const record = fc.constantFrom("clusters/eu1/inventory.json", "clusters/us1/inventory.json", "bases/inventory.json");
const workFile = fc.constantFrom("journal", "lock", "staging", "pending", "cache").map((name) => `.overstack.${name}`);
/** Files that no record of the fleet may claim. */
const foreign = fc.constantFrom(
  "README.md",
  "notes/plan.md",
  ".github/workflows/ci.yml",
  "clusters/eu1/cluster.yaml",
  "clusters/us1/cluster.yaml",
  "clusters/eu1/notes.md",
  "clusters/us1/extra/quota.yaml",
  "overlays/eu1/secrets/openstack-services/keystone-admin.yaml",
);
const generated = fc.constantFrom(
  "bases/2025.2/keystone/run/kustomization.yaml",
  "bases/2026.1/placement/run/kustomization.yaml",
  "clusters/eu1/flux/root.yaml",
  "clusters/schema.json",
  "overlays/eu1/keystone/run/kustomization.yaml",
  "overlays/us1/placement/run/kustomization.yaml",
);
export const folders: readonly string[] = [
  ...["bases", "bases/2025.2", "clusters/us1", "clusters/eu1/flux", "overlays", "overlays/us1"],
  ...["overlays/eu1/keystone", "overlays/eu1/secrets"],
];
const folder = fc.constantFrom(...folders);
const text = fc.constantFrom("", "{", "[]", '{"files":{}}', '{"files":null}', "<<<<<<< HEAD\n", "mine\n");

/** An accident that is one of values. */
const accident = <T>(values: fc.Arbitrary<T>, what: (of: T) => string, happen: (place: Place, of: T) => void) =>
  values.map((of): Accident => ({ what: what(of), happen: (place) => happen(place, of) }));

export const accidents: fc.Arbitrary<Accident> = fc.oneof(
  accident(
    fc.record({ record, path: foreign }),
    ({ record, path }) => `${record} claims ${path}`,
    ({ root }, { record, path }) => {
      const inventory = inventoryAt(root, record);
      const claimed = textOf(root, path);
      if (inventory === undefined || claimed === undefined) return;
      write(root, {
        [record]: JSON.stringify({ ...inventory, files: { ...inventory.files, [path]: digest(claimed) } }),
      });
    },
  ),
  accident(
    fc.record({ record, path: foreign }),
    ({ record, path }) => `a journal says that a run for ${record} wrote ${path}`,
    ({ root }, { record, path }) => {
      const claimed = textOf(root, path);
      if (claimed === undefined) return;
      put(root, ".overstack.journal", JSON.stringify({ [record]: { [path]: [digest(claimed)] } }));
    },
  ),
  accident(
    fc.record({ path: fc.oneof(record, workFile), text, tracked: fc.boolean() }),
    ({ path, text, tracked }) => `${path} is ${JSON.stringify(text)}${tracked ? ", and tracked" : ""}`,
    ({ root }, { path, text, tracked }) => {
      put(root, path, text);
      if (tracked) attemptGit(root, "add", "--force", "--", path);
    },
  ),
  accident(
    fc.record({ path: fc.oneof(record, workFile, generated, folder), to: fc.oneof(foreign, fc.constant("outside")) }),
    ({ path, to }) => `${path} is a link to ${to}`,
    ({ root, outside }, { path, to }) => {
      if (!isFolder(dirname(join(root, path)))) return;
      takeAway(join(root, path));
      symlinkSync(to === "outside" ? join(outside, "victim.txt") : join(root, to), join(root, path));
    },
  ),
  accident(
    fc.record({
      path: fc.oneof(foreign, generated, record),
      bit: fc.constantFrom("--skip-worktree", "--assume-unchanged"),
      fate: fc.constantFrom("", "edited", "gone"),
    }),
    ({ path, bit, fate }) => `${path} has ${bit}${fate === "" ? "" : `, and is ${fate}`}`,
    ({ root }, { path, bit, fate }) => {
      if (!attemptGit(root, "update-index", bit, "--", path)) return;
      if (fate === "gone") takeAway(join(root, path));
      if (fate === "edited" && textOf(root, path) !== undefined) put(root, path, `${textOf(root, path)}# edited\n`);
    },
  ),
  accident(
    fc.subarray(["bases", "clusters/eu1", "overlays/eu1", "clusters/us1", "overlays/us1"]),
    (folders) => `a sparse checkout of ${folders.join(", ") || "nothing"}`,
    ({ root }, folders) => void attemptGit(root, "sparse-checkout", "set", ...folders),
  ),
  accident(
    folder,
    (path) => `${path} is a submodule`,
    ({ root, outside }, path) => {
      const other = join(outside, path.replaceAll("/", "-"));
      if (isThere(other)) return;
      mkdirSync(other);
      write(other, { "inventory.json": "{}\n" });
      for (const line of ["init --quiet", "add --all", "commit --quiet --message=Own"]) git(other, ...line.split(" "));
      attemptGit(root, "rm", "-r", "--quiet", "--force", "--", path);
      takeAway(join(root, path));
      attemptGit(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other, path);
    },
  ),
  accident(
    fc.oneof(
      generated,
      fc.constantFrom("overlays/eu1/placement/mine.yaml", "overlays/us1/placement", "clusters/us1/flux"),
    ),
    (path) => `somebody writes ${path}`,
    ({ root }, path) => {
      put(root, path, "by hand\n");
    },
  ),
  accident(
    generated,
    (path) => `somebody deletes ${path}`,
    ({ root }, path) => takeAway(join(root, path)),
  ),
  accident(
    fc.constantFrom("eu1", "us1"),
    (name) => `the replicas of placement in ${name} change`,
    ({ root }, name) => {
      const path = `clusters/${name}/cluster.yaml`;
      const before = textOf(root, path);
      if (before !== undefined) write(root, { [path]: before.replace("api: 1", "api: 2") });
    },
  ),
  accident(
    fc.oneof(foreign, generated),
    (path) => `git forgets ${path}`,
    ({ root }, path) => void attemptGit(root, "rm", "--quiet", "--cached", "--", path),
  ),
  accident(
    fc.constant("what runs remember"),
    (what) => `${what} is lost`,
    ({ root }) => rmSync(memoryFile(root)!, { force: true }),
  ),
);

/** Whatever lies there; nothing where nothing does. */
function takeAway(path: string): void {
  if (isThere(path)) rmSync(path, { recursive: true });
}

/** Nothing where an accident before has taken the folder away. */
function put(root: string, path: string, text: string): void {
  if (!isFolder(dirname(join(root, path)))) return;
  takeAway(join(root, path));
  writeFileSync(join(root, path), text);
}

/** Undefined where no file can be read; a link is not followed out of the test's own folder, for all lead into it. */
function textOf(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}

/** Undefined where an accident before has left no record there: text that is none, or a link to such text. */
function inventoryAt(root: string, path: string): { files: object } | undefined {
  try {
    const read: unknown = JSON.parse(textOf(root, path) ?? "");
    return isRecordOfFiles(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

const isRecordOfFiles = (read: unknown): read is { files: object } =>
  typeof read === "object" && read !== null && "files" in read && typeof read.files === "object" && read.files !== null;

/** False where git refuses, as it may after another accident. */
function attemptGit(root: string, ...args: string[]): boolean {
  try {
    git(root, ...args);
    return true;
  } catch {
    return false;
  }
}
