import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { start, until } from "../cluster/processes.ts";
import { turnOn } from "./machine.ts";
import { buildInit, cache } from "./programs.ts";

const prepared = join(cache, "hosts", "images");
const configuration = `version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[plugins."io.containerd.internal.v1.opt"]
path = "/var/lib/containerd/opt"
`;

/**
 * Folder of a containerd that has these archives unpacked. It is made once: to unpack on every host at every start would
 * take minutes.
 */
export async function prepareImages(archives: readonly string[]): Promise<string> {
  const versions = archives.map((file) => [basename(file), statSync(file).size, statSync(file).mtimeMs]);
  const key = createHash("sha256").update(JSON.stringify(versions.sort())).digest("hex").slice(0, 12);
  const folder = join(prepared, key);
  if (existsSync(folder)) return folder;
  mkdirSync(prepared, { recursive: true });
  for (const old of readdirSync(prepared)) rmSync(join(prepared, old), { recursive: true });

  const disk = `${folder}.new`;
  const machine = await turnOn("importer", disk, buildInit());
  const [program, ...enter] = machine.enter as [string, ...string[]];
  writeFileSync(join(disk, "containerd.toml"), configuration);
  const arguments_ = [...enter, "containerd", "--config", join(disk, "containerd.toml")];
  const containerd = start("importer", program, arguments_, { folder: disk });
  const ctr = (...args: string[]) =>
    execFileSync(program, [...enter, "ctr", "--namespace", "k8s.io", ...args], { stdio: "pipe" });
  await until("containerd", () => ctr("images", "list") !== undefined, { processes: [containerd] });
  for (const archive of archives) ctr("images", "import", archive);
  await machine.kill();
  await containerd.stop();
  renameSync(join(disk, "var/lib/containerd"), folder);
  rmSync(disk, { recursive: true });
  return folder;
}
