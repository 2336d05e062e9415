import { lstatSync, type Stats } from "node:fs";
import { join } from "node:path";

/** What lies at a path below the root; undefined when nothing does, also where a file stands in place of a folder above it. */
export function statAt(root: string, path: string): Stats | undefined {
  try {
    return lstatSync(join(root, path), { throwIfNoEntry: false });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw cause;
  }
}
