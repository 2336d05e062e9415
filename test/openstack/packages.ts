import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs of hosts and what makes images, with the package of Debian that has each. */
const packages: Readonly<Record<string, string>> = {
  containerd: "containerd",
  ip: "iproute2",
  mmdebstrap: "mmdebstrap",
  nft: "nftables",
  runc: "runc",
};

/** Installs what is missing; throws with the message of apt-get. */
export function installPackages(): void {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const missing = Object.keys(packages).filter(
    (program) => !folders.some((folder) => existsSync(join(folder, program))),
  );
  if (missing.length === 0) return;
  const options = { stdio: "inherit" as const, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  execFileSync("apt-get", ["update", "--quiet"], options);
  const wanted = missing.map((program) => packages[program]!);
  execFileSync("apt-get", ["install", "--quiet", "--yes", "--no-install-recommends", ...wanted], options);
}
