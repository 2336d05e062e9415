import { clusterFile, inventoryFile, isSecretFile, secretsFolder, versionsFile } from "../base/layout.ts";
import type { Checked } from "../issues/issue.ts";
import { attempt, type Git, gitIn, listed, refusal } from "./git.ts";
import { openWorkTree, type Repository } from "./repository.ts";

/** A fleet as a commit has it. */
export interface Revision {
  /** Full name of the commit. */
  readonly id: string;
  /** Files that clusters are made from, and that are others in the other commit or on the disk, new there or gone. */
  readonly changed: readonly InputChange[];
  /** Directories of bases that are others, `bases/2026.1/keystone`. */
  readonly bases: readonly string[];
  /** Generated files of clusters that are others, by the clusters' names. */
  readonly generated: ReadonlyMap<string, readonly string[]>;
  /** What these clusters are made from, of those that the commit has. */
  readonly clusters: (names: readonly string[]) => Promise<ReadonlyMap<string, RecordedCluster>>;
  /** Texts of these files of the fleet, of those that the commit has. */
  readonly files: (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** The other commit. */
  readonly to?: Pick<Revision, "id" | "clusters" | "files">;
}

/** A file that a cluster is made from. */
export interface InputChange {
  readonly cluster: string;
  readonly verb: "add" | "change" | "remove";
  /** The Secret that it holds, `namespace/name`; undefined for cluster.yaml and versions.yaml. */
  readonly secret?: string;
}

/** Files of a cluster in a commit. */
export interface RecordedCluster {
  readonly text: string;
  /** Of its versions.yaml; undefined where there is none. */
  readonly versions: string | undefined;
  /** Of its inventory; undefined where there is none. */
  readonly inventory: string | undefined;
  /** Its files of Secrets, below their folder, sorted. */
  readonly secretFiles: readonly string[];
}

/** The commit that `ref` names, of the fleet below `folder`; compared with the disk, or with the other one of `a..b`. */
export async function revisionOf(folder: string, ref: string): Promise<Checked<Revision>> {
  const { value: found, issues } = await openWorkTree(folder);
  if (found === undefined) return { value: undefined, issues };
  const { git } = found;
  // `main...mine` means something else to git, and is no name of a commit.
  const [, first = ref, second] = /^(.*[^.])\.\.([^.].*)$/.exec(ref) ?? [];
  const ids = await Promise.all([first, ...(second === undefined ? [] : [second])].map((name) => idOf(git, name)));
  const unknown = ids.flatMap(({ issues: own }) => own);
  if (unknown.length > 0) return { value: undefined, issues: unknown };
  const [id, to] = ids.map(({ value }) => value!);
  const options = ["--name-status", "--no-renames", "--no-ext-diff", "--relative", "-z"];
  const places = ["bases", "clusters", "overlays"];
  const [differing, untracked] = await Promise.all([
    git("--no-optional-locks", "diff", ...options, id!, ...(to === undefined ? [] : [to]), "--", ...places),
    to === undefined ? git("ls-files", "-z", "--others", "--exclude-standard", "--", ...places) : "",
  ]);
  const fields = listed(differing);
  const known = fields.flatMap((path, index) =>
    index % 2 === 0 ? [] : [{ path, verb: verbs[fields[index - 1]!] ?? "change" }],
  );
  const paths = [...known, ...listed(untracked).map((path) => ({ path, verb: "add" as const }))];
  const others = paths.flatMap(({ path }) => {
    const [, cluster] = /^(?:clusters|overlays)\/([^/]+)\//.exec(path) ?? [];
    return cluster === undefined || inputChange(path, "change").length > 0 ? [] : [{ cluster, path }];
  });
  const bases = paths.flatMap(({ path }) => /^bases\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0] ?? []);
  return {
    value: {
      id: id!,
      changed: paths.flatMap(({ path, verb }) => inputChange(path, verb)),
      bases: [...new Set(bases)],
      generated: new Map(
        [...Map.groupBy(others, ({ cluster }) => cluster)].map(([name, own]) => [name, own.map(({ path }) => path)]),
      ),
      ...readerOf(folder, found, id!),
      ...(to === undefined ? {} : { to: { id: to, ...readerOf(folder, found, to) } }),
    },
    issues: [],
  };
}

async function idOf(git: Git, ref: string): Promise<Checked<string>> {
  // Git would take a name that begins with a dash for an option.
  const named = ref.startsWith("-") ? { said: "" } : await attempt(git("rev-parse", "--verify", `${ref}^{commit}`));
  return "said" in named
    ? { value: undefined, issues: [unknownRevision(ref)] }
    : { value: named.value.trim(), issues: [] };
}

/** Reads what one commit has: many files by one program, since a thousand of them take seconds to start. */
function readerOf(
  folder: string,
  { git, prefix }: Pick<Repository, "git" | "prefix">,
  id: string,
): Pick<Revision, "clusters" | "files"> {
  const oneByOne = async (paths: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const found = new Map<string, string>();
    for (const path of paths) {
      const read = await attempt(git("cat-file", "blob", `${id}:${prefix}${path}`));
      if ("value" in read) found.set(path, read.value);
    }
    return found;
  };
  const files = async (paths: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    if (paths.length === 0) return new Map();
    const names = paths.map((path) => `${id}:${prefix}${path}\n`).join("");
    const output = await gitIn(folder, names)("cat-file", "--batch");
    // A file that is not UTF-8 has another size as a text: then each is read alone.
    return output.includes("\ufffd") ? oneByOne(paths) : textsIn(output, paths);
  };
  const clusters = async (names: readonly string[]): Promise<ReadonlyMap<string, RecordedCluster>> => {
    const texts = await files(names.flatMap((name) => [clusterFile(name), versionsFile(name), inventoryFile(name)]));
    const [only] = names;
    const below = names.length === 1 ? `${secretsFolder(only!)}/` : "overlays/";
    const tree = await attempt(git("ls-tree", "-r", "-z", "--name-only", id, "--", below));
    const secrets = "value" in tree ? listed(tree.value).filter((path) => path.includes("/secrets/")) : [];
    return new Map(
      names.flatMap((name): [string, RecordedCluster][] => {
        const text = texts.get(clusterFile(name));
        const own = `${secretsFolder(name)}/`;
        const secretFiles = secrets.filter((path) => path.startsWith(own)).map((path) => path.slice(own.length));
        return text === undefined
          ? []
          : [
              [
                name,
                {
                  text,
                  versions: texts.get(versionsFile(name)),
                  inventory: texts.get(inventoryFile(name)),
                  secretFiles: secretFiles.filter(isSecretFile).sort(),
                },
              ],
            ];
      }),
    );
  };
  return { clusters, files };
}

/**
 * Texts as `git cat-file --batch` gives them, in the order in which they were asked for: a line with the size in bytes, and the text.
 * https://git-scm.com/docs/git-cat-file#_batch_output
 */
function textsIn(output: string, paths: readonly string[]): ReadonlyMap<string, string> {
  const bytes = Buffer.from(output);
  const found = new Map<string, string>();
  let at = 0;
  for (const path of paths) {
    const end = bytes.indexOf(10, at);
    const [, size] = / blob (\d+)$/.exec(bytes.toString("utf8", at, end)) ?? [];
    at = end + 1;
    if (size === undefined) continue;
    found.set(path, bytes.toString("utf8", at, at + Number(size)));
    at += Number(size) + 1;
  }
  return found;
}

const verbs: Readonly<Record<string, InputChange["verb"]>> = { A: "add", D: "remove" };

/** What a file is for a cluster; nothing for what is generated. */
function inputChange(path: string, verb: InputChange["verb"]): InputChange[] {
  const [, cluster] = /^(?:clusters|overlays)\/([^/]+)\//.exec(path) ?? [];
  if (cluster === undefined) return [];
  if (path === clusterFile(cluster)) return [{ cluster, verb }];
  if (path === versionsFile(cluster)) return [{ cluster, verb: "change" }];
  const secrets = `${secretsFolder(cluster)}/`;
  const file = path.slice(secrets.length);
  return path.startsWith(secrets) && isSecretFile(file) ? [{ cluster, verb, secret: file.replace(/\.yaml$/, "") }] : [];
}

const unknownRevision = (ref: string) =>
  ref === "HEAD"
    ? refusal("unknown-revision", "there is no commit yet to compare with", "Make the first one: overstack commit.")
    : refusal(
        "unknown-revision",
        `git knows no commit ${JSON.stringify(ref)}`,
        "Name a commit, a branch or a tag: overstack diff HEAD, overstack diff main eu1. A shallow clone has the newest commits alone: git fetch --unshallow.",
      );
