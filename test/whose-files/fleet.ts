import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { inventoryFile, isSecretFile } from "../../generator/base/layout.ts";
import type { Result } from "../../generator/cli/command.ts";
import { commit } from "../../generator/cli/commit.ts";
import { generate } from "../../generator/cli/generate.ts";
import { rotate } from "../../generator/cli/rotate.ts";
import { create } from "../../generator/cli/secrets.ts";
import { planFleet, writeFleet } from "../../generator/fleet/plan.ts";
import { statAt } from "../../generator/tree/stat.ts";
import { git, write } from "../git/folders.ts";

/** Path -> text; of a link where it leads. */
export type Files = Readonly<Record<string, string>>;

/** A fleet, and a folder next to it that no command has anything to do with. */
export interface Place {
  readonly root: string;
  readonly outside: string;
}

const clusters = ["eu1", "us1"];

/** What people have written, in the fleet's folders and elsewhere. */
const handWritten: Files = {
  "README.md": "# Our fleet\n",
  "notes/plan.md": "plan\n",
  ".github/workflows/ci.yml": "on: push\n",
  "clusters/eu1/notes.md": "notes of eu1\n",
  "clusters/us1/extra/quota.yaml": "kind: ResourceQuota\n",
  "overlays/us1/mine.txt": "mine\n",
  "bases/mine.txt": "mine too\n",
};
const clusterText = (name: string, release: string, recipient: string): string => `name: ${name}
release: "${release}"
profile: development
domain: ${name}.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
secrets: { provider: sops, recipients: [${recipient}] }
services:
  keystone: {} # who is calling
  placement:
    replicas: { api: 1 }
`;

/** A folder of a test's own; the caller removes it. */
export function newPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "overstack-whose-"));
  const place = { root: join(folder, "fleet"), outside: join(folder, "outside") };
  for (const path of Object.values(place)) mkdirSync(path);
  write(place.outside, { "victim.txt": "not of the fleet\n" });
  return place;
}

export const remove = ({ root }: Place): void => rmSync(dirname(root), { recursive: true, force: true });

/** Two clusters at two releases, with all Secrets, generated and committed. */
export async function makeFleet(place: Place, recipient: string): Promise<void> {
  const { root } = place;
  git(root, "init", "--quiet", "--initial-branch=main");
  write(root, {
    ...handWritten,
    ".gitignore": "/.overstack.*\n",
    "clusters/eu1/cluster.yaml": clusterText("eu1", "2026.1", recipient),
    "clusters/us1/cluster.yaml": clusterText("us1", "2025.2", recipient),
  });
  for (const command of ["create eu1", "create us1", "generate"] as const) await commands[command](root);
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--message=First");
}

/** The same, in a place of its own; `linked` is a second work tree of its repository, without what Git does not track. */
export function copyOf({ root }: Place, linked: boolean): Place {
  const copy = newPlace();
  cpSync(root, copy.root, { recursive: true, verbatimSymlinks: true });
  // To Git the copied files are other ones until it has looked: a sparse checkout would leave them where they are.
  git(copy.root, "update-index", "-q", "--refresh");
  if (!linked) return copy;
  const tree = join(dirname(copy.root), "linked");
  git(copy.root, "worktree", "add", "--quiet", "--detach", tree);
  return { ...copy, root: tree };
}

const setting = (root: string) => ({ root, directory: root, progress: () => {} });

/** The commands that write, and the one that judges; each as main.ts calls it. */
export const commands = {
  generate: (root: string): Promise<Result> => generate(setting(root), [], false),
  "generate eu1": (root: string) => generate(setting(root), ["eu1"], false),
  check: (root: string) => generate(setting(root), [], true),
  "check eu1": (root: string) => generate(setting(root), ["eu1"], true),
  commit: (root: string) => commit(setting(root)),
  "create eu1": (root: string) => create(setting(root), "eu1"),
  "create us1": (root: string) => create(setting(root), "us1"),
  rotate: (root: string) => rotate(setting(root), "eu1", "placement", "database"),
} satisfies Record<string, (root: string) => Promise<Result>>;
export type CommandName = keyof typeof commands;

/** Every file and every link below the folder, without what is Git's own. */
export function filesIn(folder: string, below = folder): Files {
  const entries = readdirSync(below, { withFileTypes: true }).filter(({ name }) => name !== ".git");
  return Object.assign(
    {},
    ...entries.map((entry): Files => {
      const path = join(below, entry.name);
      if (entry.isDirectory()) return filesIn(folder, path);
      return { [relative(folder, path)]: entry.isSymbolicLink() ? `-> ${readlinkSync(path)}` : textOf(path) };
    }),
  );
}

const textOf = (path: string): string => readFileSync(path, "latin1");

/** Clusters that the last commit has. */
export const committedClusters = (root: string): string[] =>
  git(root, "ls-tree", "-r", "--name-only", "HEAD", "--", "clusters")
    .split("\n")
    .flatMap((path) => /^clusters\/([^/]+)\/cluster\.yaml$/.exec(path)?.slice(1) ?? []);

/** What Overstack makes of the hand-written files and the names of the Secrets alone, in a folder that has nothing else. */
export function freshly(files: Files): Files {
  const input = Object.fromEntries(Object.entries(files).filter(([path]) => isInput(path)));
  const key = JSON.stringify(input);
  const known = fresh.get(key);
  if (known !== undefined) return known;
  const place = newPlace();
  write(place.root, input);
  const outcome = planFleet(place.root, { everything: true, path: "" });
  if (outcome.plan === undefined) throw new Error(JSON.stringify(outcome.issues));
  writeFleet(place.root, outcome);
  const made = Object.fromEntries(Object.entries(filesIn(place.root)).filter(([path]) => !(path in input)));
  remove(place);
  fresh.set(key, made);
  return made;
}
const fresh = new Map<string, Files>();

const isInput = (path: string): boolean =>
  /^clusters\/[^/]+\/cluster\.yaml$/.test(path) ||
  isSecretFile(/^overlays\/[^/]+\/secrets\/(.+)$/.exec(path)?.[1] ?? "");

/** Records are Overstack's, whatever was written into them; a link in the place of one is not. */
export const isRecord = (path: string, text: string): boolean =>
  [...clusters.map(inventoryFile), "bases/inventory.json"].includes(path) && !text.startsWith("-> ");

/** True when something lies there, a link that leads nowhere too. */
export const isThere = (path: string): boolean => statAt(dirname(path), basename(path)) !== undefined;
