import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Running } from "../coordination/lab.ts";

/** The volume of a member, on the machine that this runs on. */
const volumeOf = ({ name }: { readonly name: string }): string => `/run/overstack/volumes/${name}/storage`;

/** Gives a member a file system of its own, which can be frozen: whoever writes to it waits. */
export function makeDisk(pod: { readonly name: string }): void {
  const at = volumeOf(pod);
  mkdirSync(at, { recursive: true });
  execFileSync("truncate", ["--size=2G", `${at}.img`]);
  execFileSync("mkfs.ext4", ["-q", "-F", `${at}.img`]);
  execFileSync("mount", ["-o", "loop", `${at}.img`, at]);
  rmdirSync(`${at}/lost+found`);
}

/** Takes all that a member has, which does not run. */
export function emptyVolume(member: Running): void {
  for (const name of readdirSync(volumeOf(member.pod))) rmSync(join(volumeOf(member.pod), name), { recursive: true });
}

/** Stalls the disk of a member for some seconds. */
export async function stall(member: Running, seconds: number): Promise<void> {
  const volume = volumeOf(member.pod);
  execFileSync("fsfreeze", ["--freeze", volume]);
  await sleep(seconds * 1000);
  execFileSync("fsfreeze", ["--unfreeze", volume]);
}
