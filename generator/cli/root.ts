import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The nearest folder, this one or above, that has a `clusters` folder; this one when there is none up to the root of the Git repository. */
export function fleetRoot(directory: string): string {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "clusters"))) return folder;
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return directory;
  }
}
