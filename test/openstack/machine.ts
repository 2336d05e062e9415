import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dns } from "./addresses.ts";
import { volumesFolder, volumesImage } from "./volumes-disk.ts";

/** Namespaces that are a machine of its own to what runs in them. Its disk outlives it, as at a power cut. */
export interface Machine {
  /** Of its first process, seen from outside. */
  readonly pid: number;
  /** Goes before a command that runs in it. */
  readonly enter: readonly string[];
  /** Ends all its processes at once; mounts, network and files in memory go with them. */
  kill(): Promise<void>;
}

/** What the kubelet sets for the whole kernel: here it writes to files that lie over them. */
const kernelSettings = [
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "kernel/panic",
  "kernel/panic_on_oops",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
];

/** Run by the first process with the name of the machine, its disk and init; says so when it is up. */
const boot = `set -e
name=$1 disk=$2 init=$3
hostname "$name"
ip link set lo up
mount --bind "$disk/var" /var
# What pods write there of a node is its own: the database of its switch.
[ -e "$disk/etc" ] || cp -a /etc "$disk/etc"
mount --bind "$disk/etc" /etc
# Who only unpacks images has no volumes.
[ ! -e "$disk/${volumesImage}" ] || mount -o loop "$disk/${volumesImage}" ${volumesFolder}
mount --bind "$disk/resolv.conf" /etc/resolv.conf
mount -t tmpfs tmpfs "$disk/run"
mkdir "$disk/run/overstack"
mount --bind /run/overstack "$disk/run/overstack"
mount --rbind "$disk/run" /run
for setting in ${kernelSettings.join(" ")}; do
  mkdir -p "/run/sys/$setting"
  cat "/proc/sys/$setting" > "/run/sys/$setting/value"
  mount --bind "/run/sys/$setting/value" "/proc/sys/$setting"
done
# As an init system has it: pods that mount what other pods are to see ask for it.
mount --make-rshared /
echo up
exec "$init"`;

/** Turns on a machine with this disk, volumes-disk.ts has made a part of it; `init` is the program of its first process. */
export async function turnOn(name: string, disk: string, init: string): Promise<Machine> {
  for (const folder of ["run", volumesFolder, "var/log", "var/tmp"]) mkdirSync(join(disk, folder), { recursive: true });
  writeFileSync(join(disk, "resolv.conf"), `nameserver ${dns}\n`);
  const namespaces = ["--net", "--mount", "--pid", "--uts", "--ipc"];
  const first = ["sh", "-c", boot, "boot", name, disk, init];
  const holder = spawn("unshare", [...namespaces, "--fork", "--kill-child", "--mount-proc", ...first], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  holder.stderr!.on("data", (text) => {
    said += text;
  });
  const gone = new Promise<void>((resolve) => holder.once("close", () => resolve()));
  const failed = gone.then(() => Promise.reject(new Error(`${name} did not start: ${said}`)));
  await Promise.race([new Promise((resolve) => holder.stdout!.once("data", resolve)), failed]);
  failed.catch(() => {});
  const pid = Number(readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8"));
  return {
    pid,
    enter: ["nsenter", `--target=${pid}`, ...namespaces],
    async kill() {
      process.kill(pid, "SIGKILL");
      await gone;
    },
  };
}
