import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Checked, error, type Issue, type IssueCode } from "../../issues/issue.ts";
import { refusalOf } from "../../issues/system.ts";
import { maxBytes, tooLarge } from "./encoding.ts";

/**
 * The bytes of a file of the fleet that people write; why they are not read is an Issue. `file` is relative to the
 * root, with slashes.
 */
export function readClusterFile(root: string, file: string): Checked<Uint8Array> {
  try {
    const obstacle = obstacleAt(root, file);
    if (obstacle !== undefined) return refuse(obstacle);
    return { value: readFileSync(join(root, file)), issues: [] };
  } catch (cause) {
    const { code, reason } = refusalOf(cause);
    const hint =
      code === "EACCES" || code === "EPERM" ? rights : "Put a plain file of this name there, then generate again.";
    return refuse(error("unreadable-file", `the file cannot be read: ${reason}`, hint, { file }));
  }
}

/** What keeps a file from being read. It looks first: opening a pipe would wait for ever, and a large file would fill the memory. */
function obstacleAt(root: string, file: string): Issue | undefined {
  const obstacle = (code: IssueCode, message: string, hint: string) => error(code, message, hint, { file });
  const link = pathsTo(file).find((path) => lstatSync(join(root, path)).isSymbolicLink());
  if (link !== undefined)
    return obstacle("linked-file", `${link === file ? "the file" : link} is a symbolic link`, noLinks);
  const stat = lstatSync(join(root, file));
  if (!stat.isFile())
    return obstacle(
      "not-a-file",
      `here is ${stat.isDirectory() ? "a folder" : "a pipe, socket or device"}, not a file`,
      "Put a plain file of this name in its place.",
    );
  return stat.size > maxBytes ? tooLarge(stat.size, { file }) : undefined;
}

/** The folders above a file, and the file. */
const pathsTo = (file: string): string[] =>
  file.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));

const refuse = (issue: Issue): Checked<never> => ({ value: undefined, issues: [issue] });

const noLinks = "Put what it points to in its place: what is generated follows from the files of the repository alone.";
const rights = "Give the user that runs overstack the right to read it, then generate again.";
