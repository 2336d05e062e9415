import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Issue } from "../issues/issue.ts";
import { statAt } from "../tree/stat.ts";
import { attempt, type Git, gitIn, listed, refusal } from "./git.ts";

/**
 * What keeps Git from holding files exactly as they lie on the disk: the engines read what Git holds. `files` are relative to
 * the root. Repositories inside the repository, bits of the index that hide a change, filters, conversions.
 */
export async function storedOtherwise(root: string, git: Git, files: ReadonlySet<string>): Promise<Issue[]> {
  const entries = await indexed(git);
  const nested = entries.filter(({ mode }) => mode === "160000");
  if (nested.length > 0) return nested.slice(0, 1).map(({ path }) => submodule(path));
  const there = [...files].filter((file) => statAt(root, file)?.isFile()).sort();
  if (there.length === 0) return [];
  const filtered = await filteredFiles(root, there);
  if (filtered.length > 0) return filtered;

  // This command takes paths from the top of the repository, wherever it is started.
  const [prefix, up] = (await git("rev-parse", "--show-prefix", "--show-cdup")).split("\n") as [string, string];
  const lines = there.map((file) => `${prefix}${file}\n`).join("");
  const ids = (await gitIn(`${root}/${up}`, lines)("hash-object", "--stdin-paths")).trimEnd().split("\n");
  const stored = new Map(there.map((file, index) => [file, ids[index]!]));
  const converted = there.find((file) => !isKept(readFileSync(join(root, file)), stored.get(file)!));
  if (converted !== undefined) return [await otherwise(git, converted)];
  return entries
    .filter(({ tag, path, id }) => isHiding(tag) && stored.has(path) && stored.get(path) !== id)
    .slice(0, 1)
    .map(({ path }) => hidden(path));
}

interface Entry {
  /** `H`; lower case where a file is assumed to be unchanged, `S` where the work tree is not asked. */
  readonly tag: string;
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

async function indexed(git: Git): Promise<Entry[]> {
  const output = await git("ls-files", "-v", "-s", "-z", "--", "bases", "clusters", "overlays");
  return listed(output).map((entry) => {
    const [, tag, mode, id, path] = /^(\S) (\d+) (\S+) \d\t(.*)$/s.exec(entry)!;
    return { tag: tag!, mode: mode!, id: id!, path: path! };
  });
}

const isHiding = (tag: string): boolean => tag === "S" || tag !== tag.toUpperCase();

/** True when Git holds these bytes, or the same with LF where a checkout has made CRLF of it. */
const isKept = (bytes: Buffer, id: string): boolean =>
  idOf(bytes, id) === id || idOf(Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1"), id) === id;

/** The name of an object, by the algorithm of another name: https://git-scm.com/docs/hash-function-transition. */
const idOf = (bytes: Buffer, like: string): string =>
  hash(like.length === 40 ? "sha1" : "sha256", Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]), "hex");

/** Asked before anything is hashed: a filter is a program, and need not be installed. */
async function filteredFiles(root: string, files: readonly string[]): Promise<Issue[]> {
  const input = files.map((file) => `${file}\0`).join("");
  const answers = listed(await gitIn(root, input)("check-attr", "-z", "--stdin", "filter"));
  const index = answers.findIndex((word, at) => at % 3 === 2 && !["unspecified", "unset"].includes(word));
  return index === -1 ? [] : [changedByGit(answers[index - 2]!, `filter=${answers[index]}`)];
}

async function otherwise(git: Git, file: string): Promise<Issue> {
  const attributes = ["text", "eol", "ident", "working-tree-encoding"];
  const said = await attempt(git("check-attr", "-z", ...attributes, "--", file));
  const words = "value" in said ? listed(said.value) : [];
  const set = attributes.flatMap((name, index) => {
    const value = words[3 * index + 2];
    return value === undefined || value === "unspecified" ? [] : [`${name}: ${value}`];
  });
  return changedByGit(file, set.join(", ") || "core.autocrlf");
}

const changedByGit = (file: string, why: string): Issue => ({
  ...refusal(
    "stored-otherwise",
    `git would store ${file} with other bytes than were generated (${why})`,
    "The delivery engine reads what git stores. Take the fleet's folders out of that rule of .gitattributes: /bases/** -filter -text, and the same for /clusters/** and /overlays/**.",
  ),
  file,
});

const hidden = (file: string): Issue => ({
  ...refusal(
    "hidden-change",
    `git is told not to look at ${file}, and would leave out its change`,
    `Run: git update-index --no-assume-unchanged --no-skip-worktree -- ${file}`,
  ),
  file,
});

const submodule = (file: string): Issue => ({
  ...refusal(
    "nested-repository",
    `${file} is a git repository of its own (a submodule): what is generated there would be in no commit`,
    `Make it a plain folder: git rm --cached ${file}, delete ${file}/.git, then git add ${file}.`,
  ),
  file,
});
