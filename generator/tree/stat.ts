import { lstatSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

/** What lies at a path below the root, a link as itself; undefined when nothing does, also where no folder is above it. */
export const statAt = (root: string, path: string): Stats | undefined => reached(() => lstatSync(join(root, path)));

/** True of a folder, and of a link that leads to one. */
export const isFolder = (path: string): boolean => reached(() => statSync(path))?.isDirectory() === true;

/** Nothing is there: the name is free, a file stands where a folder would be, or links lead round in a circle. */
const absent = ["ENOENT", "ENOTDIR", "ELOOP"];

function reached(look: () => Stats): Stats | undefined {
  try {
    return look();
  } catch (cause) {
    if (absent.includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw cause;
  }
}
