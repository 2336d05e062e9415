import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { getSystemErrorMessage } from "node:util";
import type { Issue } from "../issues.ts";
import { secretFilesOf, secretsFolder } from "./files.ts";

/** The encrypted files of a cluster: path below its folder of Secrets -> text. */
export const readSecretFiles = (root: string, cluster: string): Map<string, string> =>
  new Map(
    secretFilesOf(root, cluster).map((file) => [file, readFileSync(join(root, secretsFolder(cluster), file), "utf8")]),
  );

/** Writes encrypted files, each whole or not at all; returns what kept it from doing so. Nobody but the owner may read them. */
export function writeSecretFiles(root: string, cluster: string, files: ReadonlyMap<string, string>): Issue[] {
  for (const [file, text] of files) {
    const path = `${secretsFolder(cluster)}/${file}`;
    const staged = join(root, `${path}.new`);
    try {
      mkdirSync(dirname(staged), { recursive: true });
      writeFileSync(staged, text, { flag: "wx", mode: 0o600 });
      renameSync(staged, join(root, path));
    } catch (error) {
      rmSync(staged, { force: true });
      const { errno } = error as NodeJS.ErrnoException;
      return [
        {
          code: "cannot-write",
          severity: "error",
          message: `${path} cannot be written: ${errno === undefined ? String(error) : getSystemErrorMessage(errno)}`,
          hint: "Make the folder writable and run the command again: what is there already stays as it is.",
          file: path,
        },
      ];
    }
  }
  return [];
}
