import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { downloadModules } from "../schemas/go.ts";
import { textFiles } from "../schemas/judge.ts";
import { customResources } from "../schemas/sources.ts";
import type { Kubectl } from "./kubectl.ts";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", "definitions");
const version = createHash("sha256").update(JSON.stringify(customResources)).digest("hex").slice(0, 8);
const file = join(cache, `${version}.yaml`);

/** Collects the real definitions of all custom resources that generated objects are of, from their projects' modules. */
export async function collectDefinitions(): Promise<void> {
  if (existsSync(file)) return;
  const archives = await downloadModules(customResources);
  const texts = customResources.flatMap((source) => [...textFiles(source, archives[source.module]!).values()]);
  const definitions = texts
    .flatMap((text) => text.split(/^---$/m))
    .filter((text) => /^kind: CustomResourceDefinition$/m.test(text));
  mkdirSync(cache, { recursive: true });
  writeFileSync(`${file}.new`, definitions.join("\n---\n"));
  renameSync(`${file}.new`, file);
}

/** Makes their kinds known to the API server. */
export function installDefinitions(kubectl: Kubectl): void {
  if (!existsSync(file)) throw new Error("collectDefinitions comes first: it needs the network");
  kubectl("apply", "--server-side", "--filename", file);
  kubectl("wait", "--for=condition=Established", "--timeout=60s", "--all", "customresourcedefinitions");
}
