import { lstatSync } from "node:fs";
import { join } from "node:path";
import { error, type Issue } from "../issues/issue.ts";
import { journalFile } from "./paths.ts";

/** Path -> which version of the file lies there. Every run that changes a scope replaces its inventory, and the journal before. */
export type FileVersions = ReadonlyMap<string, string>;

/** The versions of the inventories and the journal, to be taken before they are read. */
export const fileVersions = (root: string, inventories: readonly string[]): FileVersions =>
  new Map([journalFile, ...inventories].map((path) => [path, stamp(root, path)]));

/** An Issue for each that is not the same any more: what was read since does not belong together. */
export const changedSince = (root: string, versions: FileVersions): Issue[] =>
  [...versions].filter(([path, before]) => stamp(root, path) !== before).map(([path]) => changedMeanwhile(path));

/** Somebody else is at work in the same checkout. */
export const changedMeanwhile = (
  file: string,
  hint = "Nothing was written. Generate again when nobody else is at work in this checkout.",
): Issue => error("changed-meanwhile", `${file} changed while overstack was at work`, hint, { file });

function stamp(root: string, path: string): string {
  try {
    const stat = lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.dev} ${stat.ino} ${stat.ctimeNs}`;
  } catch {
    // Who reads the file meets the same refusal, and says so.
    return "";
  }
}
