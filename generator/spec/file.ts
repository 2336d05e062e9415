import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Checked, Issue } from "../issues.ts";

/** Bytes; the largest sensible cluster.yaml is a hundred times smaller. */
const limit = 1_000_000;

/** The content of a hand-written file of the fleet; why it cannot be read is an Issue. */
export function readClusterFile(root: string, file: string): Checked<Uint8Array> {
  const refuse = (code: string, message: string, hint: string): Checked<Uint8Array> => ({
    value: undefined,
    issues: [{ code, severity: "error", message, hint, file } satisfies Issue],
  });
  const path = join(root, file);
  try {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink())
      return refuse(
        "linked-file",
        `${file} is a symbolic link`,
        "Put the file itself there: what is generated follows from the files of this repository alone.",
      );
    if (!stat.isFile())
      return refuse("not-a-file", `${file} is ${stat.isDirectory() ? "a folder" : "no file"}`, "Put a file there.");
    if (stat.size > limit)
      return refuse(
        "file-too-large",
        `${file} has ${stat.size} bytes, and more than ${limit} are not read`,
        "A cluster.yaml has some kilobytes: see what was put into it.",
      );
    return { value: readFileSync(path), issues: [] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reasons: Readonly<Record<string, string>> = {
      EACCES: "its mode does not let this user read it",
      ELOOP: "it is a symbolic link to itself",
      ENOENT: "it does not exist",
      ENOTDIR: "a folder above it is a file",
      EPERM: "the operating system does not let this user read it",
    };
    return refuse(
      "unreadable-file",
      `${file} cannot be read: ${reasons[code] ?? message}`,
      "Make it readable, then generate again.",
    );
  }
}
