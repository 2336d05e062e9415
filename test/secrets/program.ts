import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { reveal, type SecretValue } from "../../generator/sops/secret-value.ts";

/** How a command is run: its standard input, the key that is at hand, more of its environment. */
export interface Circumstances {
  readonly input?: string | Uint8Array;
  readonly key?: SecretValue;
  readonly env?: Readonly<Record<string, string>>;
  /** The program that runs it, with its options: a tracer. */
  readonly under?: readonly string[];
}

const cache = mkdtempSync(join(tmpdir(), "overstack-compiled-"));
process.on("exit", () => rmSync(cache, { recursive: true, force: true }));

/** A folder for a fleet, or a copy of one, and the real program to work on it with; gone when the test is over. */
export function workplace(from?: string, whenDone: (remove: () => void) => void = onTestFinished) {
  const folder = mkdtempSync(join(tmpdir(), "overstack-work-"));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "fleet");
  if (from !== undefined) cpSync(from, root, { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    NODE_COMPILE_CACHE: cache,
    ...Object.fromEntries(
      ["AUTHOR", "COMMITTER"].flatMap((who) => [
        [`GIT_${who}_NAME`, "a"],
        [`GIT_${who}_EMAIL`, "a@example.org"],
      ]),
    ),
  };
  const start = (file: string, args: readonly string[], cwd: string, { input, key, env: more }: Circumstances = {}) =>
    spawnSync(file, args, {
      cwd,
      encoding: "utf8",
      input: input ?? "",
      maxBuffer: 1 << 28,
      env: { ...env, ...(key === undefined ? {} : { SOPS_AGE_KEY: reveal(key) }), ...more },
    });
  const program = resolve("generator/cli/main.ts");
  const place = {
    folder,
    root,
    /** Runs `overstack` in the fleet. */
    run(line: string, how: Circumstances = {}): SpawnSyncReturns<string> {
      const [file, ...args] = [...(how.under ?? []), process.execPath, program, ...line.split(" ")];
      return start(file!, args, line.startsWith("new fleet") ? folder : root, how);
    },
    /** The same, and it must succeed. */
    must(line: string, how?: Circumstances): string {
      const { status, stdout, stderr } = place.run(line, how);
      if (status !== 0) throw new Error(`overstack ${line}: ${status}\n${stdout}\n${stderr}`);
      return stdout;
    },
    git: (...args: string[]): string => start("git", args, root).stdout,
    read: (path: string): string => readFileSync(join(root, path), "utf8"),
    write(path: string, text: string): void {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    append: (path: string, text: string): void => appendFileSync(join(root, path), text),
    edit: (path: string, change: (text: string) => string): void =>
      writeFileSync(join(root, path), change(readFileSync(join(root, path), "utf8"))),
  };
  return place;
}

/** A small cluster: an Identity service, a service that logs in there, and what both need. */
export const smallCluster = (recipients: readonly string[], more = ""): string => `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { issuer: { name: letsencrypt } } }
kubernetes: { version: "1.35" }
secrets: { provider: sops, recipients: [${recipients.join(", ")}] }
infrastructure:
  mariadb: { backup: none } # none yet
services:
  # who is calling
  keystone: {}
  # what fits where
  placement:
    replicas: { api: 3 }
${more}`;
