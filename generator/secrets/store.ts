import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Issue } from "../issues/issue.ts";
import { replaceFiles } from "../tree/replace.ts";
import { secretFilesOf, secretsFolder } from "./files.ts";

/** The encrypted files of a cluster: path below its folder of Secrets -> text. */
export const readSecretFiles = (root: string, cluster: string): Map<string, string> =>
  new Map(
    secretFilesOf(root, cluster).map((file) => [file, readFileSync(join(root, secretsFolder(cluster), file), "utf8")]),
  );

/**
 * Writes encrypted files, all of them or none; returns what kept it from doing so. `present` are the files that the texts were
 * made from. Nobody but the owner may read them.
 */
export const writeSecretFiles = (
  root: string,
  cluster: string,
  files: ReadonlyMap<string, string>,
  present: ReadonlyMap<string, string>,
): readonly Issue[] =>
  replaceFiles(
    root,
    [...files].map(([file, text]) => ({
      path: `${secretsFolder(cluster)}/${file}`,
      text,
      before: present.get(file),
    })),
  );
