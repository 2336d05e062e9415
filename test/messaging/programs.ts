import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Release } from "../../generator/contract/release.ts";
import { uv } from "../config/environment.ts";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", "messaging");

export const release: Release = "2026.1";
const constraints = join(import.meta.dirname, "../config/constraints", `${release}.txt`);

/** What the pods mount, and so has to be there to be mounted over. */
const folders = ["etc/rabbitmq", "var/lib/rabbitmq", "etc/ssl/internal", "programs"];

/** Files of a Debian trixie with RabbitMQ, and with oslo.messaging as the release has it, which stand for the images. Made once. */
export async function serversRoot(): Promise<string> {
  const root = join(cache, `trixie-rabbitmq-${release}-1`);
  if (existsSync(root)) return root;
  const made = `${root}.new`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const env = { PATH: process.env.PATH, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["--quiet", "--variant=apt", "--include=rabbitmq-server,python3,procps,iproute2"];
  execFileSync("mmdebstrap", [...options, "trixie", made], { env, stdio: ["ignore", "inherit", "inherit"] });
  for (const folder of folders) mkdirSync(join(made, folder), { recursive: true });
  writeFileSync(join(made, "etc/hosts"), "");
  // Names are found as in a cluster: by the server of names.
  writeFileSync(join(made, "etc/resolv.conf"), "nameserver 10.77.0.1\n");
  const { code, stderr } = await uv(
    ...["pip", "install", "--quiet", "--target", join(made, "usr/lib/python3/dist-packages")],
    ...["--python-version", "3.13", "--constraint", constraints, "oslo.messaging"],
  );
  if (code !== 0) throw new Error(stderr);
  renameSync(made, root);
  return root;
}
