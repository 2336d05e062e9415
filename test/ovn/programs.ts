import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { findPython, uv } from "../config/environment.ts";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", "ovn");

/** What the pods mount, and so has to be there to be mounted over. */
const folders = ["var/lib/ovn", "run/ovn", "etc/ovn", "etc/ssl/ovn"];

/** Files of a Debian trixie with OVN and Open vSwitch, which stand for the image. Made once, in a minute. */
export function serversRoot(): string {
  const root = join(cache, "trixie-ovn-1");
  if (existsSync(root)) return root;
  rmSync(`${root}.new`, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const env = { PATH: process.env.PATH, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["--quiet", "--variant=apt", "--include=ovn-central,openvswitch-common"];
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

/** A Python with what Neutron of the release speaks to OVN with. */
export async function clientPython(): Promise<string> {
  const folder = join(cache, `ovsdbapp-${release}`);
  const python = join(folder, "bin/python");
  if (existsSync(join(folder, "complete"))) return python;
  rmSync(folder, { recursive: true, force: true });
  for (const step of [
    ["venv", "--quiet", "--python", await findPython(), folder],
    ["pip", "install", "--quiet", "--python", python, "--constraint", constraints, "ovsdbapp", "ovs"],
  ]) {
    const { code, stderr } = await uv(...step);
    if (code !== 0) throw new Error(stderr);
  }
  writeFileSync(join(folder, "complete"), "");
  return python;
}
