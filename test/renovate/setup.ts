import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

const version = "44.121.2";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder of Renovate's package. */
    renovate: string;
  }
}

/** Renovate, in the user's cache: with its 620 packages it is no dependency. Its scripts, which compile faster regular expressions, are not run. */
export default function setup(project: TestProject): void {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "overstack", `renovate-${version}`);
  const found = join(folder, "node_modules/renovate");
  if (!existsSync(join(folder, "complete"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
    execFileSync("npm", ["install", ...options, `renovate@${version}`], { cwd: folder, stdio: "inherit" });
    writeFileSync(join(folder, "complete"), "");
  }
  project.provide("renovate", found);
}
