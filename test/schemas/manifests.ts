import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { operators } from "../../generator/operators/index.ts";
import { downloadModules } from "./go.ts";
import { customResources } from "./sources.ts";

/** Repositories that operators are installed from, with the module that publishes the same files. */
export const repositories = operators.flatMap(({ source }) => {
  if (source.type !== "git") return [];
  const path = source.repository.replace("https://", "");
  const published = customResources.find(({ module }) => module === path || module.startsWith(`${path}/v`));
  if (published?.version !== source.tag) throw new Error(`no module is known for ${path} ${source.tag}`);
  return [{ path, tag: source.tag, ...published }];
});

const version = createHash("sha256").update(JSON.stringify(repositories)).digest("hex").slice(0, 8);
/** Folder that they are unpacked to, each below its host and path. */
export const manifests = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
  "overstack",
  "manifests",
  version,
);

/** Unpacks the manifests of operators, from their projects' modules. */
export async function collectManifests(): Promise<void> {
  if (existsSync(manifests)) return;
  const archives = await downloadModules(repositories);
  const staging = `${manifests}.new`;
  rmSync(staging, { recursive: true, force: true });
  for (const { path, module, version: at } of repositories) {
    const prefix = `${module}@${at}/`;
    const wanted = ({ name }: { name: string }) => name.startsWith(`${prefix}config/`);
    for (const [name, content] of Object.entries(unzipSync(readFileSync(archives[module]!), { filter: wanted }))) {
      const file = join(staging, path, name.slice(prefix.length));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
  renameSync(staging, manifests);
}
