import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Installs the packages of Debian that have these programs, or files with their whole path, where one is missing; throws with the message of apt-get. */
export function installPackages(packages: Readonly<Record<string, string>>): void {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const missing = Object.keys(packages).filter(
    (program) => ![...folders, "/"].some((folder) => existsSync(join(folder, program))),
  );
  if (missing.length === 0) return;
  // Servers are started by whoever wants them, not by their installation: systemctl(1) starts nothing when it is "offline".
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", SYSTEMD_OFFLINE: "1" };
  const options = { stdio: "inherit", env } as const;
  execFileSync("apt-get", ["update", "--quiet"], options);
  const wanted = new Set(missing.map((program) => packages[program]!));
  execFileSync("apt-get", ["install", "--quiet", "--yes", "--no-install-recommends", ...wanted], options);
}

/** Files of a package of Debian without what it depends on, unpacked into a folder once. */
export function unpacked(name: string, folder: string): string {
  if (existsSync(folder)) return folder;
  const made = `${folder}.new`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  execFileSync("apt-get", ["download", "--quiet", "--option", "APT::Sandbox::User=root", name], { cwd: made });
  execFileSync("dpkg", ["--extract", join(made, globSync("*.deb", { cwd: made })[0]!), made]);
  renameSync(made, folder);
  return folder;
}
