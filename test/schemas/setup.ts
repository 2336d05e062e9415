import type { TestProject } from "vitest/node";
import { downloadModules, installProgram } from "./go.ts";
import { collectManifests } from "./manifests.ts";
import { actionlint, customResources, kubeconform, kubernetes, kubeScore } from "./sources.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Path of each module's zip archive. */
    archives: Record<string, string>;
    /** Paths of programs. */
    kubeScore: string;
    actionlint: string;
    kubeconform: string;
  }
}

/** Fetches what the tests read, before any of them runs: minutes on a fresh machine, a second afterwards. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide("archives", await downloadModules([kubernetes, ...customResources]));
  await collectManifests();
  project.provide("kubeScore", await installProgram(kubeScore));
  project.provide("actionlint", await installProgram(actionlint));
  project.provide("kubeconform", await installProgram(kubeconform));
}
