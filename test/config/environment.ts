import { type ExecFileException, execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Release } from "../../generator/contract/release.ts";
import { judged, packagesOf } from "./judged.ts";

/** Pythons that every release and its constraints serve; 2026.2 wants 3.11, the packages of 2025.1 know 3.12 at most. */
const pythons = ["3.12", "3.11"];

/** What a finished program said; a failed one is a value as well. */
export interface Finished {
  /** Exit code; -1 when it could not be started or was killed. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The pins of a release: what was resolved for all services under its upper-constraints.txt. */
export const pinsOf = (release: Release): string => join(import.meta.dirname, "constraints", `${release}.txt`);

/** What wheels are made with here. */
export const buildConstraints = join(import.meta.dirname, "constraints/build.txt");

/**
 * The folder of a virtual environment with the packages of a component, and with what they need as the release's pins
 * have it. It lies in the user's cache; other packages, pins or another Python get another one. Throws with uv's words.
 */
export async function environmentOf(component: string, release: Release, own: Own = {}): Promise<string> {
  const pins = readFileSync(pinsOf(release));
  const packages = packagesOf(component, release);
  const parts = [await pythonVersion(own.python), ...packages].join("\n");
  const hash = createHash("sha256").update(parts).update(pins).digest("hex").slice(0, 12);
  return once(`${component}-${release}-${hash}`, (folder) => install(folder, release, packages), own);
}

/** Links that an image has beside what is installed: path -> where it leads here. */
export function linksOf(component: string, environment: string): ReadonlyMap<string, string> {
  const packages = join(environment, globSync("lib/python3.*/site-packages", { cwd: environment })[0]!);
  return new Map(Object.entries(judged.get(component)?.links ?? {}).map(([path, to]) => [path, join(packages, to)]));
}

/** What redis wants below Python 3.11.3, which Debian bookworm has; the pins are resolved with a newer one. */
const ofOlderPythons: readonly string[] = ["async-timeout==5.0.1"];

async function install(folder: string, release: Release, packages: readonly string[]): Promise<void> {
  const { code, stderr } = await uv(
    // Dozens of programs start from here, and this machine may be told to keep no bytecode.
    ...["pip", "install", "--quiet", "--compile-bytecode", "--python", join(folder, "bin/python")],
    ...["--constraint", pinsOf(release)],
    ...["--build-constraint", buildConstraints, ...packages],
  );
  if (code !== 0) throw new Error(`${packages.join(" ")} cannot be installed:\n${stderr}`);
  const { stdout } = await uv("pip", "freeze", "--quiet", "--python", join(folder, "bin/python"));
  const pins = new Set([...readFileSync(pinsOf(release), "utf8").split("\n"), ...ofOlderPythons]);
  const open = stdout.split("\n").filter((line) => line !== "" && !pins.has(line.toLowerCase()));
  if (open.length > 0)
    throw new Error(
      `constraints/${release}.txt does not pin ${open.join(", ")}: write it again, renew-constraints.ts says how.`,
    );
}

/** A uwsgi that serves TLS, as the images have it: the ready-made one of the environments does not. */
export async function uwsgiWithTls(): Promise<string> {
  const folder = await once(`uwsgi-2.0.31-${await pythonVersion()}`, async (folder) => {
    const python = join(folder, "bin/python");
    const { code, stderr } = await uv("pip", "install", "--quiet", "--python", python, "--no-deps", "uwsgi==2.0.31");
    if (code !== 0) throw new Error(`uwsgi: ${stderr}`);
  });
  const program = join(folder, "bin/uwsgi");
  const { stdout: options } = await run(program, ["--help"]);
  if (!options.includes("--https-socket"))
    throw new Error(
      `${program} was built without TLS: install OpenSSL's headers (Debian: libssl-dev), remove ${folder}.`,
    );
  return program;
}

/** Runs uv, which is installed at first use. It never brings a Python of its own. */
export async function uv(...args: readonly string[]): Promise<Finished> {
  installer ??= installUv();
  return run(await installer, args, { env: { ...process.env, UV_PYTHON_DOWNLOADS: "never" } });
}
let installer: Promise<string> | undefined;

async function installUv(): Promise<string> {
  const version = "0.13.9";
  const folder = join(cache(), `uv-${version}`);
  const program = join(folder, "bin/uv");
  if (!existsSync(program)) {
    await succeed(await findPython(), ["-m", "venv", folder]);
    await succeed(join(folder, "bin/python"), ["-m", "pip", "install", "--quiet", "--no-deps", `uv==${version}`]);
  }
  return program;
}

/** A Python, and a folder in place of the cache, which only root can enter where it lies in root's home. */
interface Own {
  readonly python?: string;
  readonly home?: string;
}

/** A virtual environment of the cache, filled when it is not there yet. */
async function once(
  name: string,
  fill: (folder: string) => Promise<void>,
  { python, home = cache() }: Own = {},
): Promise<string> {
  const folder = join(home, name);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return folder;
  rmSync(folder, { recursive: true, force: true });
  const { code, stderr } = await uv("venv", "--quiet", "--python", python ?? (await findPython()), folder);
  if (code !== 0) throw new Error(`${folder}: ${stderr}`);
  await fill(folder);
  writeFileSync(complete, "");
  return folder;
}

const cache = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack/config");

async function pythonVersion(python?: string): Promise<string> {
  const { stdout } = await run(python ?? (await findPython()), ["--version"]);
  return stdout.trim().replace(" ", "-");
}

/** Path of the first suitable Python, on PATH or below pyenv. It must be able to make virtual environments. */
export async function findPython(path = process.env.PATH ?? "", home = pyenvHome()): Promise<string> {
  const candidates = pythons.flatMap((version) => [
    ...path.split(":").map((folder) => join(folder, `python${version}`)),
    ...globSync(`versions/${version}*/bin/python3`, { cwd: home }).map((file) => join(home, file)),
  ]);
  for (const candidate of candidates.filter((file) => existsSync(file))) {
    const { code } = await run(candidate, ["-c", "import ensurepip, venv"]);
    if (code === 0) return candidate;
  }
  throw new Error(
    `The configuration judge needs Python ${pythons.join(" or ")} with venv: put python3.12 on PATH (Debian: apt install python3.12-venv), or let pyenv install it.`,
  );
}

const pyenvHome = (): string => process.env.PYENV_ROOT ?? join(homedir(), ".pyenv");

/** Runs a program to its end. */
export const run = (
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string; readonly cwd?: string } = {},
): Promise<Finished> =>
  new Promise((resolve) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string) =>
      resolve({
        code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
        stdout,
        stderr: stderr || (error === null ? "" : error.message),
      });
    const { input = "", ...rest } = options;
    const child = execFile(file, [...args], { maxBuffer: 1 << 28, ...rest }, done);
    // A program that does not read its input closes the pipe: no concern of ours, its exit code tells.
    child.stdin?.on("error", () => undefined).end(input);
  });

async function succeed(file: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(file, args);
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr.trim().split("\n").slice(-5).join("\n")}`);
}
