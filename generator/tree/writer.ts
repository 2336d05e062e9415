import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, foldersAbove } from "./paths.ts";

/** Told of each call that changes the disk, before it is made: what it does, and to which path below the root. */
export type Step = (call: string, path: string) => void;

/** Makes one such call. A system error of it carries the path that the step was told, which the operator knows. */
export function perform<T>(step: Step, call: string, path: string, work: () => T): T {
  try {
    step(call, path);
    return work();
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path });
  }
}

/** The calls that change the disk below the root. Paths are relative to it. */
export type Writer = ReturnType<typeof writer>;

/** The step is told the path that the call is made for: of a staged file, the one where it will be. */
export function writer(root: string, step: Step) {
  const ready = new Set<string>([""]);
  const absolute = (path: string): string => join(root, path);

  function removeFolder(folder: string): void {
    perform(step, "remove folder", folder, () => {
      try {
        rmdirSync(absolute(folder));
      } catch {
        // Not empty, gone already, or a mount point: an empty folder too many does no harm.
      }
    });
  }

  function folderFor(file: string, told: string): void {
    const folder = folderOf(file);
    if (ready.has(folder)) return;
    perform(step, "make folder", told, () => mkdirSync(absolute(folder), { recursive: true }));
    ready.add(folder);
  }

  return {
    /** Writes a file that must not exist, making the folders above. */
    write(file: string, text: string, target: string): void {
      folderFor(file, folderOf(target));
      perform(step, "write", target, () => writeFileSync(absolute(file), text, { encoding: "utf8", flag: "wx" }));
    },

    /** Puts a file, or a folder, in place of what is there, making the folders above; `look` is called right before. */
    place(waiting: string, target: string, look: () => void = () => {}): void {
      folderFor(target, folderOf(target));
      perform(step, "rename", target, () => {
        look();
        renameSync(absolute(waiting), absolute(target));
      });
    },

    remove(file: string, look: () => void): void {
      perform(step, "remove", file, () => {
        look();
        unlinkSync(absolute(file));
      });
    },

    /** Removes a file or folder with all that is in it, if there is one. */
    removeAll: (path: string): void =>
      perform(step, "remove", path, () => rmSync(absolute(path), { recursive: true, force: true })),

    makeFolder: (folder: string): void => perform(step, "make folder", folder, () => mkdirSync(absolute(folder))),

    /** Removes the folders above the paths that hold nothing any more. */
    removeEmptyAbove(paths: Iterable<string>): void {
      // A folder's path is longer than that of the folder above it: the deepest come first.
      for (const folder of [...foldersAbove(paths)].sort((a, b) => b.length - a.length)) removeFolder(folder);
    },

    /** Removes a folder, and those in it, that hold no file. */
    removeEmptyBelow(folder: string): void {
      const below = readdirSync(absolute(folder), { recursive: true, encoding: "utf8" });
      for (const inner of below.sort((a, b) => b.length - a.length)) removeFolder(`${folder}/${inner}`);
      removeFolder(folder);
    },
  };
}
