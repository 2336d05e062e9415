import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process of this machine, as far as this one can see it. */
export interface Running {
  /** Process number and start: numbers are used again. */
  readonly id: string;
  readonly pid: number;
  readonly parent: number;
  /** The command with its arguments. */
  readonly command: string;
  /** Its namespaces: of processes, mounts and network. */
  readonly spaces: readonly [pid: string, mounts: string, network: string];
}

/** The namespaces of a process by its number, or of this one. */
export function spacesOf(pid: string): Running["spaces"] {
  const space = (kind: string) => readlinkSync(`/proc/${pid}/ns/${kind}`);
  return [space("pid"), space("mnt"), space("net")];
}

/** Every process but the kernel's own, and those that have ended and that nobody has asked how. */
export function running(): Running[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      if (command === "") return [];
      const [, parent, , ...rest] = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return [{ id: `${pid} ${rest[16]}`, pid: Number(pid), parent: Number(parent), command, spaces: spacesOf(pid) }];
    } catch {
      // Gone meanwhile.
      return [];
    }
  });
}
