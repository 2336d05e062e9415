import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Issue } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";
import { secretFilesOf, secretsFolder } from "./files.ts";

/** The encrypted files of a cluster: path below its folder of Secrets -> text. */
export const readSecretFiles = (root: string, cluster: string): Map<string, string> =>
  new Map(
    secretFilesOf(root, cluster).map((file) => [file, readFileSync(join(root, secretsFolder(cluster), file), "utf8")]),
  );

/** Writes encrypted files, each whole or not at all; returns what kept it from doing so. Nobody but the owner may read them. */
export function writeSecretFiles(root: string, cluster: string, files: ReadonlyMap<string, string>): Issue[] {
  for (const [file, text] of files) {
    const issues = replaceFile(root, `${secretsFolder(cluster)}/${file}`, text, 0o600);
    if (issues.length > 0) return issues;
  }
  return [];
}

/**
 * Puts a text in the place of a file, relative to the root, whole or not at all. Without a mode it keeps the one that the file
 * has. What a killed run leaves behind in the root, Git ignores.
 */
export function replaceFile(root: string, path: string, text: string, mode?: number): Issue[] {
  const staged = join(root, `.overstack.secrets-${process.pid}`);
  try {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    rmSync(staged, { force: true });
    writeFileSync(staged, text, { flag: "wx", mode: mode ?? statSync(join(root, path)).mode & 0o777 });
    renameSync(staged, mode === undefined ? realpathSync(join(root, path)) : join(root, path));
    return [];
  } catch (cause) {
    rmSync(staged, { force: true });
    return [cannotWrite(path, cause, "Run the command again: what is there already stays as it is.")];
  }
}
