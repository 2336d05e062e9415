import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { error, type Issue } from "../issues/issue.ts";
import { cannotRead } from "../issues/system.ts";
import { digest } from "./inventory.ts";
import { folderOf } from "./paths.ts";

/** What lies at a path where a generated file belongs. */
export type Found =
  | { readonly kind: "file"; readonly digest: string }
  /** A folder, and the files below it. */
  | { readonly kind: "folder"; readonly files: readonly string[] }
  /** Nothing can lie there: a folder above is a file. */
  | { readonly kind: "under"; readonly file: string }
  /** It must not or cannot be looked at, or written. */
  | { readonly kind: "blocked"; readonly issue: Issue };

/** Looks below the root and never through a symbolic link. */
export interface Reader {
  /** Undefined when nothing is there. */
  look(path: string): Found | undefined;
  /** The folder nearest to the path that exists; the empty string is the root. */
  nearestFolder(path: string): string;
}

/** Remembers the folders that it has seen: for one pass over the tree, not longer. */
export function reader(root: string): Reader {
  const folders = new Map<string, Found | "folder" | undefined>([["", "folder"]]);
  const nearest = new Map<string, string>();

  function folder(path: string): Found | "folder" | undefined {
    const known = folders.get(path);
    if (known !== undefined || folders.has(path)) return known;
    const above = folder(folderOf(path));
    const found = above === "folder" ? kindOfFolder(root, path) : above;
    folders.set(path, found);
    return found;
  }

  function nearestFolder(path: string): string {
    const above = folderOf(path);
    const known = nearest.get(above) ?? (folder(above) === "folder" ? above : nearestFolder(above));
    nearest.set(above, known);
    return known;
  }

  return {
    look(path) {
      const above = folder(folderOf(path));
      return above === "folder" ? lookAt(root, path) : above;
    },
    nearestFolder,
  };
}

function kindOfFolder(root: string, path: string): Found | "folder" | undefined {
  try {
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (stat.isDirectory()) return "folder";
    return stat.isFile() ? { kind: "under", file: path } : blocked(special(path, stat.isSymbolicLink()));
  } catch (error) {
    return blocked(cannotRead(path, error));
  }
}

function lookAt(root: string, path: string): Found | undefined {
  const absolute = join(root, path);
  try {
    const stat = lstatSync(absolute, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (stat.isFile()) return { kind: "file", digest: digest(readFileSync(absolute)) };
    return stat.isDirectory()
      ? { kind: "folder", files: filesBelow(root, absolute) }
      : blocked(special(path, stat.isSymbolicLink()));
  } catch (error) {
    return blocked(cannotRead(path, error));
  }
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .sort();
}

const blocked = (issue: Issue): Found => ({ kind: "blocked", issue });

const special = (path: string, link: boolean): Issue =>
  error(
    link ? "symbolic-link" : "special-file",
    `${path} is ${link ? "a symbolic link" : "neither a file nor a folder"}`,
    `${link ? "overstack does not write through links, because they may lead out of the repository: replace it by what it points to" : "Move it away"}, then generate again.`,
    { file: path },
  );
