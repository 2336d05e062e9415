import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** https://www.kernel.org/doc/html/latest/filesystems/tmpfs.html: where Linux has a file system in memory for everybody. */
const shared = "/dev/shm";
/** What the folders of all tests hold at most, bytes, with room to spare. */
const needed = 2 ** 30;

/**
 * Where tests make their folders: in memory where that is of use, for a disk takes longer over each file and each `fsync`. Containers
 * often have little of it, and let no program run from there.
 */
export function temporaryFolder(): string {
  return hasRoom() && runsPrograms() ? shared : tmpdir();
}

function hasRoom(): boolean {
  try {
    accessSync(shared, constants.W_OK);
    const { bavail, bsize } = statfsSync(shared);
    return bavail * bsize >= needed;
  } catch {
    return false;
  }
}

function runsPrograms(): boolean {
  const folder = mkdtempSync(join(shared, "overstack-runs-"));
  try {
    writeFileSync(join(folder, "program"), "#!/bin/sh\n", { mode: 0o755 });
    execFileSync(join(folder, "program"));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
