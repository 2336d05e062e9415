import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Release } from "../../generator/contract/release.ts";
import { findPython, uv } from "../config/environment.ts";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", "coordination");

/** What the generated pods mount, and so has to be there to be mounted over. */
const folders = ["data", "var/lib/etcd", "run/etcd", "etc/ssl/internal", "usr/local/bin"];

/** Files of a Debian trixie with Valkey and Python, which stand for the images. Made once, in half a minute. */
export function serversRoot(): string {
  const root = join(cache, "trixie-valkey-1");
  if (existsSync(root)) return root;
  rmSync(`${root}.new`, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const packages = "valkey-server,valkey-tools,python3-minimal,libpython3-stdlib";
  const env = { PATH: process.env.PATH, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["--quiet", "--variant=apt", `--include=${packages}`];
  execFileSync("mmdebstrap", [...options, "trixie", `${root}.new`], { env, stdio: ["ignore", "inherit", "inherit"] });
  for (const folder of folders) mkdirSync(join(`${root}.new`, folder), { recursive: true });
  writeFileSync(join(`${root}.new`, "usr/local/bin/etcd"), "");
  renameSync(`${root}.new`, root);
  return root;
}

/** tooz and the clients that it uses, as upper-constraints.txt of openstack/requirements has them for each release. */
const pins: Readonly<Record<Release, readonly string[]>> = {
  "2025.1": [
    "tooz==6.3.0",
    "redis==5.2.1",
    "etcd3gw==2.4.2",
    "requests==2.32.3",
    "oslo.utils==8.2.0",
    "urllib3==1.26.20",
  ],
  "2025.2": [
    "tooz==7.0.0",
    "redis==6.2.0",
    "etcd3gw==2.4.2",
    "requests==2.32.4",
    "oslo.utils==9.1.0",
    "urllib3==1.26.20",
  ],
  "2026.1": [
    "tooz==8.1.0",
    "redis==7.2.0",
    "etcd3gw==2.5.0",
    "requests==2.32.5",
    "oslo.utils==10.0.1",
    "urllib3==2.6.3",
  ],
  "2026.2": [
    "tooz==9.0.1",
    "redis==8.1.0",
    "etcd3gw==2.7.0",
    "requests==2.34.2",
    "oslo.utils==10.1.1",
    "urllib3==2.7.0",
  ],
};

/** A Python with the tooz of a release. */
export async function toozOf(release: Release): Promise<string> {
  const hash = createHash("sha256").update(pins[release].join()).digest("hex").slice(0, 8);
  const folder = join(cache, `tooz-${release}-${hash}`);
  const python = join(folder, "bin/python");
  if (existsSync(join(folder, "complete"))) return python;
  rmSync(folder, { recursive: true, force: true });
  const steps = [
    ["venv", "--quiet", "--python", await findPython(), folder],
    // setuptools 81 took pkg_resources away, which older ones import.
    ["pip", "install", "--quiet", "--python", python, "setuptools<81", ...pins[release]],
  ];
  for (const step of steps) {
    const { code, stderr } = await uv(...step);
    if (code !== 0) throw new Error(`tooz of ${release}: ${stderr}`);
  }
  writeFileSync(join(folder, "complete"), "");
  return python;
}
