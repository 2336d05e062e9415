import { isSafeName } from "../base/file-names.ts";

/** Held by the run that writes. */
export const lockFile = ".overstack.lock";
/** What a run that has begun to change files meant to write; gone when the run is complete. */
export const journalFile = ".overstack.journal";
/** New files wait here until all of them are written. */
export const stagingFolder = ".overstack.staging";
/** Secrets and a cluster.yaml wait here, to be replaced together; gone when that is done. */
export const pendingFolder = ".overstack.pending";
/** Held by the run that takes over the lock of a dead one. */
export const nextLock = (file: string): string => `${file}.next`;
/** None of these is there while nobody generates and the last run was complete. */
export const workFiles: readonly string[] = [lockFile, nextLock(lockFile), journalFile, stagingFolder];
/** True for a path at the root of the fleet that is kept while a run works, or was by an earlier version. */
export const isWorkFile = (path: string): boolean => path.startsWith(".overstack.");
/** The line of `.gitignore` that covers them all. */
export const gitignoreLine = "/.overstack.*";

/** True when the path, relative to the root, stays inside it and means the same on Linux, macOS and Windows. */
export function isSafePath(path: string): boolean {
  return path.isWellFormed() && !isWorkFile(path) && path.split("/").every(isSafeName);
}

/** `isSafePath` for many paths: a folder is looked at once. */
export function safePaths(): (path: string) => boolean {
  const folders = new Map<string, boolean>();
  return (path) => {
    const folder = folderOf(path);
    if (folder === "") return isSafePath(path);
    const known = folders.get(folder) ?? isSafePath(folder);
    folders.set(folder, known);
    const name = path.slice(folder.length + 1);
    return known && name.isWellFormed() && isSafeName(name);
  };
}

/** The path itself. Names are validated long before, so an unsafe one is a bug and thrown. */
export function safePath(path: string): string {
  if (!isSafePath(path)) throw new Error(`unsafe path of a generated file: ${JSON.stringify(path)}`);
  return path;
}

/** `overlays/eu1` for `overlays/eu1/kustomization.yaml`, the empty string for what lies in the root. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** All folders above the paths, below the root. */
export function foldersAbove(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = folderOf(path); folder !== "" && !folders.has(folder); folder = folderOf(folder))
      folders.add(folder);
  }
  return folders;
}

/** Equal for two paths that macOS and Windows take for the same file. */
export const foldCase = (path: string): string => path.normalize("NFC").toLowerCase();
