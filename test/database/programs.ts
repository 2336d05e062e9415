import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { findPython, uv } from "../config/environment.ts";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", "database");

/** What the pods mount, and so has to be there to be mounted over. */
const folders = ["run/haproxy", "etc/overstack", "etc/ssl/internal"];

/** Files of a Debian trixie with MariaDB, Galera and HAProxy, which stand for the images. Made once, in two minutes. */
export function serversRoot(): string {
  const root = join(cache, "trixie-mariadb-1");
  if (existsSync(root)) return root;
  rmSync(`${root}.new`, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const env = { PATH: process.env.PATH, DEBIAN_FRONTEND: "noninteractive" };
  const packages = "mariadb-server,mariadb-client,galera-4,haproxy,rsync,procps,iproute2";
  const options = ["--quiet", "--variant=apt", `--include=${packages}`];
  execFileSync("mmdebstrap", [...options, "trixie", `${root}.new`], { env, stdio: ["ignore", "inherit", "inherit"] });
  for (const folder of folders) mkdirSync(join(`${root}.new`, folder), { recursive: true });
  writeFileSync(join(`${root}.new`, "etc/hosts"), "");
  // Names are found as in a cluster: by the server of names.
  writeFileSync(join(`${root}.new`, "etc/resolv.conf"), "nameserver 10.77.0.1\n");
  renameSync(`${root}.new`, root);
  return root;
}

const release = "2026.1";
const constraints = join(import.meta.dirname, "../config/constraints", `${release}.txt`);

/** A Python with oslo.db and what it uses, as the release has them. */
export async function osloPython(): Promise<string> {
  const folder = join(cache, `oslo-${release}`);
  const python = join(folder, "bin/python");
  if (existsSync(join(folder, "complete"))) return python;
  rmSync(folder, { recursive: true, force: true });
  for (const step of [
    ["venv", "--quiet", "--python", await findPython(), folder],
    ["pip", "install", "--quiet", "--python", python, "--constraint", constraints, "oslo.db", "PyMySQL"],
  ]) {
    const { code, stderr } = await uv(...step);
    if (code !== 0) throw new Error(stderr);
  }
  writeFileSync(join(folder, "complete"), "");
  return python;
}
