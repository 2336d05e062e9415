import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { cache } from "./programs.ts";

/** Files of a server's image: a kernel, and the files that it starts with. */
export interface Guest {
  readonly kernel: string;
  readonly ramdisk: string;
}

const own = join(import.meta.dirname, "guest");
const programs = ["init", "dhcp"] as const;

/**
 * The image of a server that needs little memory: Debian's kernel for clouds, with BusyBox as its only program. What it does when it starts is
 * in guest/init. Made once, from packages that are fetched.
 */
export function makeGuest(): Guest {
  const recipe = createHash("sha256");
  for (const file of [import.meta.filename, ...programs.map((name) => join(own, name))])
    recipe.update(readFileSync(file));
  const folder = join(cache, "guest", recipe.digest("hex").slice(0, 8));
  const guest = { kernel: join(folder, "kernel"), ramdisk: join(folder, "ramdisk") };
  if (existsSync(guest.ramdisk)) return guest;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "new-"));
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync(program, args, { cwd: work, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const [, kernel] = /^Depends: (linux-image-[^ ,]+)/m.exec(run("apt-cache", "show", "linux-image-cloud-amd64"))!;
  run("apt-get", "download", "--quiet", "--option=APT::Sandbox::User=root", kernel!, "busybox-static");
  for (const file of globSync("*.deb", { cwd: work })) run("dpkg-deb", "--extract", file, "packages");
  copyFileSync(join(work, globSync("packages/boot/vmlinuz-*", { cwd: work })[0]!), guest.kernel);

  const root = join(work, "root");
  for (const path of ["bin", "modules"]) mkdirSync(join(root, path), { recursive: true });
  const busybox = join(work, globSync("packages/{usr/,}bin/busybox", { cwd: work })[0]!);
  copyFileSync(busybox, join(root, "bin/busybox"));
  for (const name of programs) {
    copyFileSync(join(own, name), join(root, name));
    chmodSync(join(root, name), 0o755);
  }
  const modules =
    "packages/lib/modules/*/kernel/{net/core/failover,drivers/block/virtio_blk,drivers/net/{net_failover,virtio_net},drivers/virtio/virtio{,_ring,_pci*}}";
  for (const file of globSync(`${modules}.ko`, { cwd: work }))
    copyFileSync(join(work, file), join(root, "modules", basename(file)));
  run("sh", "-c", `cd root && find . | ${busybox} cpio -o -H newc | gzip > ../ramdisk`);
  renameSync(join(work, "ramdisk"), guest.ramdisk);
  rmSync(work, { recursive: true });
  return guest;
}
