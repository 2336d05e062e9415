import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { manifests, repositories } from "../schemas/manifests.ts";

/** Serves the manifests of operators below <root>/<host>/ as the repositories that generated objects name, at their tags. */
export function serveManifests(root: string): void {
  for (const { path, tag } of repositories) {
    const bare = join(root, path);
    mkdirSync(dirname(bare), { recursive: true });
    const identity = ["-c", "user.name=Project", "-c", "user.email=project@example.org"];
    const git = (...args: string[]) =>
      execFileSync("git", ["--git-dir", bare, "--work-tree", join(manifests, path), ...identity, ...args], {
        stdio: "pipe",
      });
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
    git("add", "--all");
    git("commit", "--quiet", "--message", tag);
    git("tag", tag);
  }
}
