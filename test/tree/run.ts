import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { hasErrors, type Issue } from "../../generator/issues/issue.ts";
import { apply } from "../../generator/tree/apply.ts";
import { readScopes, withTargets } from "../../generator/tree/disk.ts";
import { type Plan, plan } from "../../generator/tree/plan.ts";
import type { Json, Scope } from "../../generator/tree/tree.ts";
import type { Step } from "../../generator/tree/writer.ts";

// What the tests share: a whole run over scopes, in this process or in one of its own.

/** Path -> text. */
export type Files = Readonly<Record<string, string>>;

/** The scope of a cluster. */
export const cluster = (name: string, files: Files, facts?: Json): Scope => ({
  name,
  inventory: `clusters/${name}/inventory.json`,
  files: new Map(Object.entries(files)),
  facts,
});

/** The scope of the bases. */
export const bases = (files: Files): Scope => ({
  name: "bases",
  inventory: "bases/inventory.json",
  files: new Map(Object.entries(files)),
});

export function planFor(root: string, scopes: readonly Scope[]): Plan {
  const inventories = scopes.map(({ inventory }) => inventory);
  return plan(withTargets(readScopes(root, inventories), scopes), scopes);
}

/** Read, plan, apply. */
export function generate(root: string, scopes: readonly Scope[], step?: Step): readonly Issue[] {
  const planned = planFor(root, scopes);
  return hasErrors(planned.issues) ? planned.issues : apply(root, planned, step);
}

export const codes = (issues: readonly Issue[]): string[] => issues.map(({ code }) => code);

export function write(root: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** All below the root: files with their text, links with "link", and folders that are empty with "empty". */
export function everything(root: string): Files {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
    const absolute = join(entry.parentPath, entry.name);
    const path = relative(root, absolute);
    if (entry.isSymbolicLink()) return [path, "link"] as const;
    if (entry.isDirectory()) return readdirSync(absolute).length === 0 ? ([path, "empty"] as const) : undefined;
    return [path, readFileSync(absolute, "utf8")] as const;
  });
  return Object.fromEntries(entries.filter((entry) => entry !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same without inventories. */
export const content = (root: string): Files =>
  Object.fromEntries(Object.entries(everything(root)).filter(([path]) => !path.endsWith("inventory.json")));

/** What a run in a process of its own is told. */
export interface Errand {
  readonly root: string;
  readonly scopes: readonly { readonly name: string; readonly inventory: string; readonly files: Files }[];
  /** Dies by SIGKILL just before the call of this number, counted from 0. */
  readonly killBefore?: number;
  /** Says so and waits for a line before the call of this number. */
  readonly waitBefore?: number;
  /** Gives up root's rights first: the right to read and write everything. */
  readonly ordinary?: boolean;
}

export const errand = (root: string, scopes: readonly Scope[], more: Partial<Errand> = {}): Errand => ({
  root,
  scopes: scopes.map(({ name, inventory, files }) => ({ name, inventory, files: Object.fromEntries(files) })),
  ...more,
});

export const command = (errand: Errand): [string, string[]] => [
  process.execPath,
  [fileURLToPath(import.meta.url), JSON.stringify(errand)],
];

/** The Issues of a run in a process of its own; undefined when it was killed. */
export function generateElsewhere(errand: Errand): readonly Issue[] | undefined {
  const { stdout, stderr, signal } = spawnSync(...command(errand), { encoding: "utf8" });
  if (signal === "SIGKILL") return undefined;
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Issue[];
}

/** The user that owns nothing, where the tests run as root. */
export const nobody = 65534;

function main({ root, scopes, killBefore, waitBefore, ordinary }: Errand): void {
  if (ordinary && process.getuid?.() === 0) {
    process.setgroups!([]);
    process.setgid!(nobody);
    process.setuid!(nobody);
  }
  let calls = 0;
  const step: Step = () => {
    if (calls === killBefore) process.kill(process.pid, "SIGKILL");
    if (calls === waitBefore) {
      process.stderr.write("waiting\n");
      readSync(0, Buffer.alloc(1));
    }
    calls++;
  };
  const wanted = scopes.map((scope) => ({ ...scope, files: new Map(Object.entries(scope.files)) }));
  process.stdout.write(JSON.stringify(generate(root, wanted, step)));
}

if (import.meta.main) main(JSON.parse(process.argv[2]!) as Errand);
