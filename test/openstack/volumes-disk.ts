import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { until } from "../cluster/processes.ts";
import type { Machine } from "./machine.ts";

/** Where a host keeps the volumes of its pods: a file system of its own, in a file of the host's disk. */
export const volumesFolder = "/var/lib/volumes";
export const volumesImage = "volumes.img";

/** Makes the file system. Its file has holes: it takes no more room than what is written. */
export function makeVolumesDisk(disk: string): void {
  const image = join(disk, volumesImage);
  execFileSync("truncate", ["--size=16G", image]);
  execFileSync("mkfs.ext4", ["-q", "-F", "-N", "65536", image]);
}

/**
 * Takes the file system away from a machine at once: it keeps what was synced, as a disk does when its host loses power,
 * and everything else is lost. https://man7.org/linux/man-pages/man8/xfs_io.8.html, "shutdown"
 */
export function cutVolumesDisk(machine: Machine): void {
  const [program, ...enter] = machine.enter;
  execFileSync(program!, [...enter, "xfs_io", "-x", "-c", "shutdown", volumesFolder], { stdio: "pipe" });
}

/** Resolves when nothing holds the file system any more: mounted while it is held, it would still be without its disk. */
export const releasedVolumesDisk = (disk: string): Promise<unknown> => {
  const holders = () => execFileSync("losetup", ["--associated", join(disk, volumesImage)], { encoding: "utf8" });
  return until("the end of the host's volumes", () => holders() === "", { seconds: 60 });
};
