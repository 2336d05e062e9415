import type { TestProject } from "vitest/node";
import { type Release, releases } from "../../generator/contract/release.ts";
import { environmentOf } from "./environment.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder of each release's virtual environment. */
    environments: Record<Release, string>;
  }
}

/** Installs what the tests run, before any of them does: minutes on a fresh machine, a second afterwards. */
export default async function setup(project: TestProject): Promise<void> {
  const folders = await Promise.all(releases.map(async (release) => [release, await environmentOf(release)]));
  project.provide("environments", Object.fromEntries(folders));
}
