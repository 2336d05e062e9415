import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { type KubernetesObject, kustomizeBuildAll, parseObjects } from "../tools/kustomize.ts";

/** One folder that a GitOps engine applies, and the objects that it applies from there. */
export interface AppliedFolder {
  /** `overlays/eu1/keystone`, below the fleet's folder */
  readonly path: string;
  /** The tree and cluster that it belongs to: `overlays/eu1`. */
  readonly cluster: string;
  readonly objects: readonly KubernetesObject[];
}

/** Every folder below `overlays/<cluster>` of a fleet that is built by itself. Kustomize Components are parts of others. */
export function overlayFolders(fleet: string): Promise<AppliedFolder[]> {
  const files = globSync("overlays/*/**/kustomization.yaml", { cwd: fleet });
  return applied(fleet, files.map(dirname), /^(overlays\/[^/]+)/);
}

/** The folders of engine objects of a fleet: `clusters/<cluster>/flux` and `argocd`. */
export const engineFolders = (fleet: string): Promise<AppliedFolder[]> =>
  applied(fleet, globSync("clusters/*/{flux,argocd}", { cwd: fleet }), /^(clusters\/[^/]+)/);

async function applied(repository: string, folders: readonly string[], cluster: RegExp): Promise<AppliedFolder[]> {
  const sorted = folders.toSorted();
  const kustomizations = sorted.filter((path) => kustomizationKind(join(repository, path)) === "Kustomization");
  const built = await kustomizeBuildAll(kustomizations.map((path) => join(repository, path)));
  return sorted
    .filter((path) => kustomizationKind(join(repository, path)) !== "Component")
    .map((path) => ({
      path,
      cluster: cluster.exec(path)![1]!,
      objects: parseObjects(built.get(join(repository, path)) ?? manifests(join(repository, path))),
    }));
}

function kustomizationKind(dir: string): "Component" | "Kustomization" | undefined {
  const file = join(dir, "kustomization.yaml");
  if (!existsSync(file)) return undefined;
  return parse(readFileSync(file, "utf8"))?.kind ?? "Kustomization";
}

/** Both engines apply every manifest below a folder that has no kustomization.yaml (Argo CD where told to recurse). */
const manifests = (dir: string): string =>
  globSync("**/*.{yaml,yml}", { cwd: dir })
    .toSorted()
    .map((file) => readFileSync(join(dir, file), "utf8"))
    .join("\n---\n");
