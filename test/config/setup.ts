import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { Release } from "../../generator/contract/release.ts";
import { installPackages } from "../tools/debian.ts";
import { environmentOf } from "./environment.ts";
import { infrastructurePackages } from "./infrastructure.ts";
import { judged } from "./judged.ts";
import { changedFiles, select, withRequired } from "./selection.ts";

/** A component at a release. */
export interface Case {
  readonly component: string;
  readonly release: Release;
}

declare module "vitest" {
  export interface ProvidedContext {
    readonly cases: readonly Case[];
    /** Release -> component -> folder of its virtual environment; also of those that a judged one needs. */
    readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }
}

/** Installs what the tests run, before any of them does: a minute on a fresh machine, a second afterwards. */
export default async function setup(project: TestProject): Promise<void> {
  const { why, components } = select(process.env.OVERSTACK_JUDGE, changedFiles(join(import.meta.dirname, "../..")));
  console.log(`judged: ${why}`);
  for (const [name, releases] of components) console.log(`  ${name} at ${releases.join(", ")}`);
  const cases = [...components].flatMap(([component, releases]) =>
    releases.map((release): Case => ({ component, release })),
  );
  // Some packages of Python are built here, with what Debian has for them.
  const all = cases.flatMap(({ component }) => [component, ...(judged.get(component)!.together ?? [])]);
  const programs = withRequired(all).map((name) => judged.get(name)?.programs ?? {});
  if (cases.length > 0) installPackages(Object.assign({}, infrastructurePackages, ...programs));
  const environments: Record<string, Record<string, string>> = {};
  for (const [release, wanted] of Map.groupBy(cases, (item) => item.release)) {
    const together = wanted.flatMap(({ component }) => [component, ...(judged.get(component)!.together ?? [])]);
    const needed = withRequired(together).filter((name) => judged.has(name));
    environments[release] = {};
    for (const component of needed) environments[release][component] = await environmentOf(component, release);
  }
  project.provide("cases", cases);
  project.provide("environments", environments);
}
