import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ModuleFolder } from "./sources.ts";

/** The path of each module's zip archive in Go's module cache, downloaded when absent; throws with the go tool's message. */
export async function downloadModules(modules: readonly ModuleFolder[]): Promise<Record<string, string>> {
  const names = modules.map(({ module, version }) => `${module}@${version}`);
  const { stdout, stderr } = await go(["mod", "download", "-json", ...names]);
  const downloads = stdout
    .split(/^(?=\{)/m)
    .filter((text) => text.trim() !== "")
    .map((text): { Path: string; Zip?: string; Error?: string } => JSON.parse(text));
  return Object.fromEntries(
    modules.map(({ module, version }) => {
      const download = downloads.find(({ Path }) => Path === module);
      // A module that asks for a newer Go than this one is reported as an error, but its archive is there, and only data is read.
      if (download?.Zip === undefined) {
        throw new Error(`go mod download ${module}@${version}: ${download?.Error ?? stderr.trim()}`);
      }
      return [module, download.Zip];
    }),
  );
}

/** The path of a Go program, built once into the user's cache; throws with the compiler's message. */
export async function installProgram(program: { package: string; version: string }): Promise<string> {
  const name = basename(program.package);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const dir = join(cache, "overstack", "go-tools", `${name}-${program.version}`);
  const file = join(dir, name);
  if (existsSync(file)) return file;
  const { stderr } = await go(["install", `${program.package}@${program.version}`], { GOBIN: dir });
  if (!existsSync(file)) throw new Error(`go install ${program.package}@${program.version}: ${stderr.trim()}`);
  return file;
}

/** Runs outside any module, so that no go.mod or vendor folder of the surroundings has a say. */
function go(args: readonly string[], env: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  const options = {
    cwd: tmpdir(),
    env: { ...process.env, GOFLAGS: "-mod=mod", GOTOOLCHAIN: "local", ...env },
    maxBuffer: 1 << 26,
  };
  return new Promise((resolve, reject) => {
    execFile("go", args, options, (error, stdout, stderr) => {
      if (error?.code === "ENOENT")
        reject(new Error("The schema judge reads Go modules: put Go 1.26 or newer on PATH."));
      else resolve({ stdout, stderr });
    });
  });
}
