import { clusterFile, inventoryFile, isSecretFile, secretsFolder } from "../base/layout.ts";
import type { Checked } from "../issues/issue.ts";
import { attempt, listed, refusal } from "./git.ts";
import { openWorkTree } from "./repository.ts";

/** A fleet as a commit has it. */
export interface Revision {
  /** Full name of the commit. */
  readonly id: string;
  /** Files that clusters are made from, and that are others on the disk, new there or gone. */
  readonly changed: readonly InputChange[];
  /** What a cluster is made from; undefined where the commit has no such cluster. */
  readonly cluster: (name: string) => Promise<RecordedCluster | undefined>;
}

/** A file that a cluster is made from. */
export interface InputChange {
  readonly cluster: string;
  readonly verb: "add" | "change" | "remove";
  /** The Secret that it holds, `namespace/name`; undefined for cluster.yaml. */
  readonly secret?: string;
}

/** Files of a cluster in a commit. */
export interface RecordedCluster {
  readonly text: string;
  /** Of its inventory; undefined where there is none. */
  readonly inventory: string | undefined;
  /** Its files of Secrets, below their folder, sorted. */
  readonly secretFiles: readonly string[];
}

/** The commit that `ref` names, of the fleet below `folder`. */
export async function revisionOf(folder: string, ref: string): Promise<Checked<Revision>> {
  const { value: found, issues } = await openWorkTree(folder);
  if (found === undefined) return { value: undefined, issues };
  const { git, prefix } = found;
  // Git would take a name that begins with a dash for an option.
  const named = ref.startsWith("-") ? { said: "" } : await attempt(git("rev-parse", "--verify", `${ref}^{commit}`));
  if ("said" in named) return { value: undefined, issues: [unknownRevision(ref)] };
  const id = named.value.trim();
  const options = ["--name-status", "--no-renames", "--no-ext-diff", "--relative", "-z"];
  const places = ["clusters", "overlays"];
  const [differing, untracked] = await Promise.all([
    git("--no-optional-locks", "diff", ...options, id, "--", ...places),
    git("ls-files", "-z", "--others", "--exclude-standard", "--", ...places),
  ]);
  const fields = listed(differing);
  const known = fields.flatMap((path, index) => (index % 2 === 0 ? [] : inputChange(path, verbs[fields[index - 1]!])));
  const changed = [...known, ...listed(untracked).flatMap((path) => inputChange(path, "add"))];
  const blob = async (path: string) => {
    const read = await attempt(git("cat-file", "blob", `${id}:${prefix}${path}`));
    return "value" in read ? read.value : undefined;
  };
  return {
    value: {
      id,
      changed,
      cluster: async (name) => {
        const text = await blob(clusterFile(name));
        if (text === undefined) return undefined;
        const secrets = `${secretsFolder(name)}/`;
        const tree = await attempt(git("ls-tree", "-r", "-z", "--name-only", id, "--", secrets));
        const secretFiles = "value" in tree ? listed(tree.value).map((path) => path.slice(secrets.length)) : [];
        return {
          text,
          inventory: await blob(inventoryFile(name)),
          secretFiles: secretFiles.filter(isSecretFile).sort(),
        };
      },
    },
    issues: [],
  };
}

const verbs: Readonly<Record<string, InputChange["verb"]>> = { A: "add", D: "remove" };

/** What a file is for a cluster; nothing for what is generated. */
function inputChange(path: string, verb: InputChange["verb"] = "change"): InputChange[] {
  const [, cluster] = /^(?:clusters|overlays)\/([^/]+)\//.exec(path) ?? [];
  if (cluster === undefined) return [];
  if (path === clusterFile(cluster)) return [{ cluster, verb }];
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
        "Name a commit, a branch or a tag: overstack diff HEAD, overstack diff main eu1.",
      );
