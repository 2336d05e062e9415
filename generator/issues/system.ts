import { getSystemErrorMessage } from "node:util";
import { error, type Issue } from "./issue.ts";

/** A write that the system refuses. `next` is what to do when the cause is gone. */
export function cannotWrite(path: string, cause: unknown, next: string): Issue {
  const { code, reason } = refusalOf(cause);
  const hint = `${writeHints[code] ?? "Remove the cause."} ${next}`;
  return error("cannot-write", `cannot write ${path}: ${reason}`, hint, { file: path });
}

/** A read of a generated file that the system refuses. */
export function cannotRead(path: string, cause: unknown): Issue {
  const { code, reason } = refusalOf(cause);
  const hint = readHints[code] ?? "Remove the cause, or move it away, then generate again.";
  return error("cannot-read", `cannot read ${path}: ${reason}`, hint, { file: path });
}

/** Code and words of a refusal of the system: `ENOSPC`, `no space left on device (ENOSPC)`. Any other error is ours, and thrown. */
export function refusalOf(cause: unknown): { code: string; reason: string } {
  const { code, errno } = cause as NodeJS.ErrnoException;
  // The one error here without a number of the system: more than 2 GiB.
  if (code === "ERR_FS_FILE_TOO_LARGE") return { code, reason: "the file is too large" };
  if (code === undefined || errno === undefined) throw cause;
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
