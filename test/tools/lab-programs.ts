import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findPython, uv } from "../config/environment.ts";

/** Where a laboratory keeps what it makes once. */
export const labCache = (lab: string): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", lab);

/** Packages of Debian trixie that stand for an image, and the folders that pods mount, which have to be there to be mounted over. */
export interface Image {
  readonly packages: readonly string[];
  readonly folders: readonly string[];
  /** Names are found as in a cluster: by the server of names. */
  readonly asksForNames?: true;
}

/** Files of such an image, at `root`. They are made once, in a minute or two. */
export function imageFiles(root: string, image: Image): string {
  if (existsSync(root)) return root;
  // Two tests may want it at the same time: the first one that has made it wins.
  const made = `${root}.${randomUUID()}`;
  makeImage(made, image);
  try {
    renameSync(made, root);
  } catch (error) {
    if (!existsSync(root)) throw error;
    rmSync(made, { recursive: true });
  }
  return root;
}

/** Makes the files of an image anew, for somebody who adds to them before they are taken. */
export function makeImage(made: string, { packages, folders, asksForNames }: Image): void {
  rmSync(made, { recursive: true, force: true });
  mkdirSync(dirname(made), { recursive: true });
  const env = { PATH: process.env.PATH, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["--quiet", "--variant=apt", `--include=${packages.join()}`];
  execFileSync("mmdebstrap", [...options, "trixie", made], { env, stdio: ["ignore", "inherit", "inherit"] });
  for (const folder of folders) mkdirSync(join(made, folder), { recursive: true });
  if (!asksForNames) return;
  writeFileSync(join(made, "etc/hosts"), "");
  writeFileSync(join(made, "etc/resolv.conf"), "nameserver 10.77.0.1\n");
}

/** A Python with what `uv pip install` is told, in `folder`, made once. Throws with what uv says. */
export async function pythonWith(folder: string, ...install: readonly string[]): Promise<string> {
  const python = join(folder, "bin/python");
  if (existsSync(join(folder, "complete"))) return python;
  rmSync(folder, { recursive: true, force: true });
  for (const step of [
    ["venv", "--quiet", "--python", await findPython(), folder],
    ["pip", "install", "--quiet", "--python", python, ...install],
  ]) {
    const { code, stderr } = await uv(...step);
    if (code !== 0) throw new Error(`${folder}: ${stderr}`);
  }
  writeFileSync(join(folder, "complete"), "");
  return python;
}
