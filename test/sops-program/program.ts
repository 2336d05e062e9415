import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reveal, type SecretValue } from "../../generator/sops/secret-value.ts";
import { installProgram } from "../schemas/go.ts";

/** What sops printed, and whether it was content. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** The real sops in a folder of its own, with no keys but those that are handed to it. */
export interface Sops {
  /** Runs `sops COMMAND FILE ARGUMENTS` on the text as a file; gives the file as it is afterwards, too. */
  run(
    text: string,
    keys: readonly SecretValue[],
    command: string,
    ...args: string[]
  ): Promise<Outcome & { text: string }>;
  /** The plain values below `stringData`, or what sops said instead. */
  decrypt(text: string, keys: readonly SecretValue[]): Promise<Outcome & { values?: Record<string, unknown> }>;
  /** A file next to the one that sops works on: `.sops.yaml`, an editor. */
  write(name: string, text: string, mode?: number): string;
  /** Runs sops with this environment and nothing else. */
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome>;
  readonly folder: string;
  close(): void;
}

/** Builds sops when it is not there yet. */
export async function startSops(): Promise<Sops> {
  const program = await installProgram({ package: "github.com/getsops/sops/v3/cmd/sops", version: "v3.13.3" });
  const folder = mkdtempSync(join(tmpdir(), "overstack-sops-"));
  const file = join(folder, "secret.yaml");
  const base = { PATH: process.env.PATH ?? "", HOME: folder };
  const runWith: Sops["runWith"] = (env, ...args) =>
    new Promise((resolve) => {
      execFile(program, args, { cwd: folder, env: { ...base, ...env } }, (error, stdout, stderr) =>
        resolve({ ok: error === null, output: error === null ? stdout : stderr }),
      );
    });
  const run: Sops["run"] = async (text, keys, command, ...args) => {
    writeFileSync(file, text);
    const env = { SOPS_AGE_KEY: keys.map(reveal).join(" "), SOPS_EDITOR: join(folder, "editor") };
    const outcome = await runWith(env, ...command.split(" "), file, ...args);
    return { ...outcome, text: readFileSync(file, "utf8") };
  };
  return {
    folder,
    run,
    runWith,
    decrypt: async (text, keys) => {
      const outcome = await run(text, keys, "decrypt --output-type json");
      return outcome.ok ? { ...outcome, values: JSON.parse(outcome.output).stringData } : outcome;
    },
    write: (name, text, mode = 0o600) => {
      writeFileSync(join(folder, name), text, { mode });
      return join(folder, name);
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
