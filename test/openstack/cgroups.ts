import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = "/sys/fs/cgroup";
/** Version 2 has one tree, version 1 one for each controller. */
const version2 = existsSync(join(root, "cgroup.controllers"));
const trees = (): string[] => (version2 ? [root] : readdirSync(root).map((controller) => join(root, controller)));

/** Makes a control group that may use all that the machine has; its path begins with "/". */
export function makeGroup(path: string): void {
  if (path === "/") return;
  makeGroup(dirname(path));
  for (const tree of trees()) {
    const parent = join(tree, dirname(path));
    const folder = join(tree, path);
    mkdirSync(folder, { recursive: true });
    if (version2) {
      const controllers = readFileSync(join(parent, "cgroup.controllers"), "utf8").trim().split(" ");
      const all = controllers.map((controller) => `+${controller}`).join(" ");
      writeFileSync(join(parent, "cgroup.subtree_control"), all);
    } else if (existsSync(join(folder, "cpuset.cpus"))) {
      for (const file of ["cpuset.cpus", "cpuset.mems"])
        writeFileSync(join(folder, file), readFileSync(join(parent, file)));
    }
  }
}

/** Removes a control group whose processes have gone, with all below it; what the kernel still holds stays. */
export function removeGroup(path: string): void {
  const remove = ["-depth", "-type", "d", "-exec", "rmdir", "{}", "+"];
  for (const tree of trees())
    if (existsSync(join(tree, path))) spawnSync("find", [join(tree, path), ...remove], { stdio: "ignore" });
}
