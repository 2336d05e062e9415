import { type ExecFileException, execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Release } from "../../generator/contract/release.ts";

/** Pythons that every release and its constraints serve; 2026.2 wants 3.11, the packages of 2025.1 know 3.12 at most. */
const pythons = ["3.12", "3.11"];

/** What a finished program said; a failed one is a value as well. */
export interface Finished {
  /** Exit code; -1 when it could not be started or was killed. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The folder of a virtual environment with exactly the packages that constraints/<release>.txt lists. It lies in the
 * user's cache; a changed list or another Python gets another one. Throws with pip's last words.
 */
export async function environmentOf(release: Release): Promise<string> {
  const list = join(import.meta.dirname, "constraints", `${release}.txt`);
  const python = await findPython();
  const { stdout: version } = await run(python, ["--version"]);
  const hash = createHash("sha256").update(version).update(readFileSync(list)).digest("hex").slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "overstack", "config", `${release}-${hash}`);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return folder;
  rmSync(folder, { recursive: true, force: true });
  await succeed(python, ["-m", "venv", folder]);
  // The list is whole: nothing is resolved, nothing beyond it is installed.
  await succeed(join(folder, "bin/python"), ["-m", "pip", "install", "--quiet", "--no-deps", "--requirement", list]);
  writeFileSync(complete, "");
  return folder;
}

/** A uwsgi that serves TLS, as the images have it: the ready-made one of the environments does not. */
export async function uwsgiWithTls(): Promise<string> {
  const python = await findPython();
  const { stdout: version } = await run(python, ["--version"]);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "overstack", "config", `uwsgi-2.0.31-${version.trim().replace(" ", "-")}`);
  const program = join(folder, "bin/uwsgi");
  if (!existsSync(program)) {
    await succeed(python, ["-m", "venv", folder]);
    await succeed(join(folder, "bin/python"), ["-m", "pip", "install", "--quiet", "--no-deps", "uwsgi==2.0.31"]);
  }
  const { stdout: options } = await run(program, ["--help"]);
  if (!options.includes("--https-socket"))
    throw new Error(
      `${program} was built without TLS: install OpenSSL's headers (Debian: libssl-dev), remove ${folder}.`,
    );
  return program;
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
