import { getSystemErrorMessage } from "node:util";
import type { Issue } from "../issues/issue.ts";

/** A refused write as an Issue. What is not the system's refusal is a bug, and thrown on. */
export function cannotWrite(path: string, error: unknown, begun: boolean): Issue {
  const { code, reason } = systemError(error);
  const state = begun
    ? "Some files are written already; the next run completes the work."
    : "Nothing was changed; generate again after that.";
  return {
    code: "cannot-write",
    severity: "error",
    message: `cannot write ${path}: ${reason}`,
    hint: `${writeHints[code] ?? "Remove the cause."} ${state}`,
    file: path,
  };
}

/** A refused read as an Issue. What is not the system's refusal is a bug, and thrown on. */
export function cannotRead(path: string, error: unknown): Issue {
  const { code, reason } = systemError(error);
  return {
    code: "cannot-read",
    severity: "error",
    message: `cannot read ${path}: ${reason}`,
    hint: readHints[code] ?? "Remove the cause, or move it away, then generate again.",
    file: path,
  };
}

function systemError(error: unknown): { code: string; reason: string } {
  const { code, errno } = error as NodeJS.ErrnoException;
  // The one error here without a number of the system: more than 2 GiB.
  if (code === "ERR_FS_FILE_TOO_LARGE") return { code, reason: "the file is too large" };
  if (code === undefined || errno === undefined) throw error;
  return { code, reason: `${getSystemErrorMessage(errno)} (${code})` };
}

const space = "Free some space on its file system.";
const permission = "Give the user that runs overstack the right to write there.";
const writeHints: Readonly<Record<string, string>> = {
  ENOSPC: space,
  EDQUOT: space,
  EFBIG: "Raise the limit on the size of files (ulimit -f).",
  EACCES: permission,
  EPERM: permission,
  EROFS: "Its file system is read-only: mount it for writing, or work on another checkout.",
  EXDEV: "The repository must lie on one file system: replace the mounted folder by a plain one.",
};
const readHints: Readonly<Record<string, string>> = {
  EACCES: "Give the user that runs overstack the right to read it.",
  ERR_FS_FILE_TOO_LARGE: "overstack never writes such a file: move it away, then generate again.",
};
