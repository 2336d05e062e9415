import { readFileSync } from "node:fs";
import { join } from "node:path";
import { basesInventory, clusterFile, inventoryFile, secretsFolder } from "../base/layout.ts";
import type { FromFiles, SecretChange } from "../diff/cluster-diff.ts";
import { deliveredFrom } from "../diff/from-files.ts";
import { secretFields } from "../diff/secret-fields.ts";
import { buildFrom, type Cluster, scopeOf } from "../fleet/one-cluster.ts";
import { readVersions } from "../fleet/read.ts";
import { recordedBy } from "../fleet/recorded.ts";
import type { RecordedCluster, Revision } from "../git/revision.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import { type Checked, error, hasErrors, type Issue } from "../issues/issue.ts";
import type { RecordedState } from "../model/living.ts";
import { secretFilesOf } from "../secrets/files.ts";
import { digest, parseInventory } from "../tree/inventory.ts";
import { statAt } from "../tree/stat.ts";
import { recordedIn } from "./cluster.ts";

/** One side of a comparison: the cluster, and what the run recorded that wrote it. */
export interface Side<T extends Cluster | FromFiles = Cluster | FromFiles> {
  readonly cluster: T;
  readonly recorded: RecordedState | undefined;
}

const nothing: Checked<never> = { value: undefined, issues: [] };

/** Text of a cluster.yaml on the disk; undefined where it cannot be read. */
export function inputText(root: string, name: string): string | undefined {
  const { value } = readClusterFile(root, clusterFile(name));
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** Text of a versions.yaml on the disk, where it can be read. */
export function versionsText(root: string, name: string): string | undefined {
  const { value } = readVersions(root, name);
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** A cluster as cluster.yaml on the disk has it. */
export function asEdited(root: string, name: string, there: readonly string[]): Checked<Side<Cluster>> {
  if (!there.includes(name)) return nothing;
  const file = clusterFile(name);
  const { value: text, issues } = readClusterFile(root, file);
  if (text === undefined) return { value: undefined, issues };
  const { value: before, issues: unrecorded } = recordedIn(root, name);
  if (hasErrors(unrecorded)) return { value: undefined, issues: unrecorded };
  const { value: versions, issues: unreadVersions } = readVersions(root, name);
  if (hasErrors(unreadVersions)) return { value: undefined, issues: unreadVersions };
  const cluster = buildFrom({ file, name, text, versions, before, secretFiles: secretFilesOf(root, name) });
  return { value: { cluster, recorded: before }, issues: cluster.issues };
}

/**
 * A cluster as a commit has it, which its own inventory goes with: rendered where this version writes the same files, and otherwise built
 * from those that are there. `bases` are the digests of the commit's bases.
 */
export async function asRecorded(
  revision: Pick<Revision, "files">,
  name: string,
  recorded: RecordedCluster | undefined,
  bases: ReadonlyMap<string, string>,
  { ref, byFiles }: { readonly ref: string; readonly byFiles: boolean },
): Promise<Checked<Side>> {
  if (recorded === undefined) return nothing;
  const { text, versions, inventory, secretFiles } = recorded;
  const parsed = inventory === undefined ? undefined : parseInventory(inventoryFile(name), inventory);
  const { value: before, issues } = recordedBy(parsed?.value, name);
  const files = parsed?.value?.files;
  const read = async (): Promise<Checked<Side>> => {
    try {
      const built = await fromFiles(revision, name, [...files!.keys()], bases, before);
      return { value: { cluster: built, recorded: before }, issues: [] };
    } catch (cause) {
      // Whatever stands in a commit: files that no version of Overstack has written build to nothing, or stop anywhere.
      return { value: undefined, issues: [unreadable(name, ref, { message: String((cause as Error).message) })] };
    }
  };
  if (byFiles && files !== undefined) return read();
  const cluster = buildFrom({ name, text, versions, recorded: before?.instances, secretFiles });
  const [first] = [...(parsed?.issues ?? []), ...issues, ...cluster.issues].filter(
    ({ severity }) => severity === "error",
  );
  const isOthers = first !== undefined || !isWrittenSo(cluster, files, bases);
  if (files !== undefined && bases.size > 0 && isOthers) {
    const built = await read();
    if (built.value !== undefined) return built;
  }
  return first === undefined
    ? { value: { cluster, recorded: before }, issues: [] }
    : { value: undefined, issues: [unreadable(name, ref, first)] };
}

/** Digests of the bases as the commit has them; empty where it has none. */
export async function basesOf(revision: Pick<Revision, "files">): Promise<ReadonlyMap<string, string>> {
  const text = (await revision.files([basesInventory])).get(basesInventory);
  return (text === undefined ? undefined : parseInventory(basesInventory, text).value?.files) ?? new Map();
}

/** True where the commit has the files that this version writes. */
function isWrittenSo(
  cluster: Cluster,
  files: ReadonlyMap<string, string> | undefined,
  bases: ReadonlyMap<string, string>,
): boolean {
  if (files === undefined) return true;
  const own = scopeOf(cluster).files;
  return (
    own.size === files.size &&
    [...own].every(([path, text]) => files.get(path) === digest(text)) &&
    cluster.rendered!.bases.every((base) => [...base.files].every(([path, text]) => bases.get(path) === digest(text)))
  );
}

/** Built from the files of a commit, with those of the bases that they name. */
async function fromFiles(
  { files }: Pick<Revision, "files">,
  name: string,
  paths: readonly string[],
  bases: ReadonlyMap<string, string>,
  recorded: RecordedState | undefined,
): Promise<FromFiles> {
  const own = await files(paths);
  const named = new Set(
    [...own.values()].flatMap((text) =>
      [...text.matchAll(/\bbases\/[^/\s]+\/[^/\s]+/g)].map(([directory]) => directory),
    ),
  );
  const below = [...bases.keys()].filter((path) => named.has(path.split("/").slice(0, 3).join("/")));
  const texts = new Map([...own, ...(await files(below))]);
  const release = recorded?.release ?? "";
  return {
    name,
    objects: deliveredFrom((path) => texts.get(path), paths, name),
    releases: new Map(
      Object.entries(recorded?.instances ?? {}).map(([instance, { release: other = release }]) => [instance, other]),
    ),
  };
}

/** Encrypted Secrets of a cluster that differ, with the keys of those that are on both sides. */
export async function secretsOf(root: string, revision: Revision, name: string): Promise<SecretChange[]> {
  const own = revision.changed.filter(({ cluster, secret }) => cluster === name && secret !== undefined);
  return Promise.all(
    own.map(async ({ secret, verb }): Promise<SecretChange> => {
      const path = `${secretsFolder(name)}/${secret}.yaml`;
      const isThere = verb === "change" && (revision.to !== undefined || statAt(root, path)?.isFile() === true);
      if (!isThere) return { secret: secret!, verb, fields: [] };
      const before = (await revision.files([path])).get(path);
      const after =
        revision.to === undefined
          ? readFileSync(join(root, path), "utf8")
          : (await revision.to.files([path])).get(path);
      return { secret: secret!, verb, fields: secretFields(before, after) };
    }),
  );
}

const unreadable = (name: string, ref: string, { message }: Pick<Issue, "message">): Issue =>
  error(
    "unreadable-revision",
    `${ref} has ${name} as this version does not read it: ${message}`,
    `Compare the files instead: git diff ${ref} -- overlays/${name} clusters/${name} bases.`,
  );
