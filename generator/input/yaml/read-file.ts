import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getSystemErrorMessage } from "node:util";
import type { Checked } from "../../issues/issue.ts";
import { maxBytes, tooLarge } from "./encoding.ts";

/**
 * The bytes of a file of the fleet that people write; why they are not read is an Issue. `file` is relative to the
 * root, with slashes.
 */
export function readClusterFile(root: string, file: string): Checked<Uint8Array> {
  try {
    const refusal = refusalOf(root, file);
    if (refusal !== undefined) return refuse(file, ...refusal);
    return { value: readFileSync(join(root, file)), issues: [] };
  } catch (error) {
    const { errno, code } = error as NodeJS.ErrnoException;
    if (errno === undefined || code === undefined) throw error;
    return refuse(
      file,
      "unreadable-file",
      `the file cannot be read: ${getSystemErrorMessage(errno)} (${code})`,
      code === "EACCES" || code === "EPERM" ? rights : "Put a plain file of this name there, then generate again.",
    );
  }
}

type Refusal = readonly [code: string, message: string, hint: string];

/** Looks before it reads: opening a pipe would wait for ever, and a large file would fill the memory first. */
function refusalOf(root: string, file: string): Refusal | undefined {
  const link = pathsTo(file).find((path) => lstatSync(join(root, path)).isSymbolicLink());
  if (link !== undefined) return ["linked-file", `${link === file ? "the file" : link} is a symbolic link`, noLinks];
  const stat = lstatSync(join(root, file));
  if (!stat.isFile())
    return [
      "not-a-file",
      `here is ${stat.isDirectory() ? "a folder" : "a pipe, socket or device"}, not a file`,
      "Put a plain file of this name in its place.",
    ];
  return stat.size > maxBytes ? ["too-large", ...tooLarge(stat.size)] : undefined;
}

/** The folders above a file, and the file. */
const pathsTo = (file: string): string[] =>
  file.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));

const refuse = (file: string, code: string, message: string, hint: string): Checked<never> => ({
  value: undefined,
  issues: [{ code, severity: "error", message, hint, file }],
});

const noLinks = "Put what it points to in its place: what is generated follows from the files of the repository alone.";
const rights = "Give the user that runs overstack the right to read it, then generate again.";
