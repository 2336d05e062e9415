import { execFileSync } from "node:child_process";
import { catalogue } from "../../generator/components/index.ts";
import { defaultRelease, type Release, releases } from "../../generator/contract/release.ts";
import { families } from "../laws/samples.ts";
import { judged } from "./judged.ts";

/** What a run judges: components, each at some releases. */
export interface Selection {
  readonly why: string;
  readonly components: ReadonlyMap<string, readonly Release[]>;
}

/**
 * `all`: every service at every release; `heat@2026.1`: that one alone. Otherwise the families that the work on this branch touches, at one release
 * each; a change outside of them touches all. Where Git cannot tell what was there before, all are judged, too.
 */
export function select(scope: string | undefined, changed: readonly string[] | undefined): Selection {
  const all = [...judged.keys()].sort();
  if (scope === "all")
    return { why: "every service at every release", components: new Map(all.map((name) => [name, releases])) };
  const [name, release] = scope?.split("@") ?? [];
  if (name !== undefined && releases.some((known) => known === release) && judged.has(name))
    return { why: `${name} at ${release}`, components: new Map([[name, [release as Release]]]) };
  const touched = changed?.filter(isJudged);
  const shared = touched?.find((path) => familyOf(path) === undefined);
  const names = new Set(
    touched === undefined || shared !== undefined
      ? all
      : touched.flatMap((path) => Object.keys(families.get(familyOf(path)!)!)).filter((name) => judged.has(name)),
  );
  const why =
    touched === undefined
      ? "Git does not tell what was there before: every service at one release"
      : shared !== undefined
        ? `${shared} was changed: every service at one release`
        : `of what was changed: ${[...names].sort().join(", ") || "nothing"}`;
  return { why, components: new Map([...names].sort().map((name) => [name, [releaseOf(name, all)]])) };
}

/** Every release has its services, whose number grows evenly; a service alone has the default one. */
function releaseOf(name: string, all: readonly string[]): Release {
  const index = releases.indexOf(defaultRelease) + all.indexOf(name);
  return releases[index % releases.length]!;
}

/** What the configuration and the programs of a service can depend on. */
const isJudged = (path: string): boolean =>
  /^(generator\/(components|connections|contract|input|kit|kustomize|model|render)|test\/(components|config|laws\/samples))\b/.test(
    path,
  );

/** The family that a file belongs to: `generator/components/glance/stores.ts`, `test/components/glance.ts`. */
function familyOf(path: string): string | undefined {
  const name = /^(?:generator|test)\/components\/([^/.]+)/.exec(path)?.[1];
  return name !== undefined && families.has(name) ? name : undefined;
}

/**
 * Files that differ from where this branch began: from OVERSTACK_BASE, or from the published main branch. Undefined when
 * there is neither, or when nothing tells them apart: a clone of what is to be judged has no other beginning.
 */
export function changedFiles(root: string, base = process.env.OVERSTACK_BASE ?? "origin/main"): string[] | undefined {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
  try {
    const start = git("merge-base", base, "HEAD");
    const names = [git("diff", "--name-only", start), git("ls-files", "--others", "--exclude-standard")];
    const files = names.flatMap((text) => text.split("\n")).filter((path) => path !== "");
    return start === git("rev-parse", "HEAD") && files.length === 0 ? undefined : files;
  } catch {
    return undefined;
  }
}

/** The components with those that must be up before them, which come first. */
export function withRequired(names: Iterable<string>): string[] {
  const found = new Set<string>();
  const visit = (name: string) => {
    for (const type of catalogue.get(name)?.requires ?? []) providersOf(type).forEach(visit);
    found.add(name);
  };
  for (const name of names) visit(name);
  return [...found];
}

/** True where one of them, or of what must be up before, does not run on SQLite. */
export const needsDatabaseServer = (names: Iterable<string>): boolean =>
  withRequired(names).some((name) => judged.get(name)?.databaseServer === true);

const providersOf = (type: string): string[] =>
  [...catalogue.values()]
    .filter(({ endpoints = {} }) => Object.values(endpoints).some((endpoint) => [endpoint.type].flat().includes(type)))
    .map(({ name }) => name);
