import { basesInventory, isSecretFile, schemaFile, secretsFolder } from "../base/layout.ts";
import { isSafePath, safePaths } from "./paths.ts";

/**
 * Tells of a path whether a run may have written it for the scope of that inventory. Inventories and journals come through
 * Git: what they name elsewhere is somebody's own, whatever digest stands beside it.
 */
export function mayOwn(inventory: string): (path: string) => boolean {
  if (!isInventory(inventory)) return () => false;
  const isSafe = safePaths();
  if (inventory === basesInventory)
    return (path) => isSafe(path) && path !== inventory && (path.startsWith("bases/") || path === schemaFile);
  const cluster = inventory.split("/")[1]!;
  const [ofCluster, ofOverlay, secrets] = [
    `clusters/${cluster}/`,
    `overlays/${cluster}/`,
    `${secretsFolder(cluster)}/`,
  ];
  return (path) => {
    if (!isSafe(path)) return false;
    if (path.startsWith(ofCluster)) return engineFolders.test(path.slice(ofCluster.length));
    if (path.startsWith(secrets)) return !isSecretFile(path.slice(secrets.length));
    return path.startsWith(ofOverlay);
  };
}

/** True for the path of an inventory: that of the bases, or that of a cluster. */
export const isInventory = (path: string): boolean =>
  path === basesInventory || (isSafePath(path) && /^clusters\/[a-z0-9-]+\/inventory\.json$/.test(path));

/** What an engine reads of a cluster; cluster.yaml, and what people put next to it, are theirs. */
const engineFolders = /^(?:flux|argocd)\//;
