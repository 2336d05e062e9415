import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { stringify } from "yaml";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal } from "../../generator/sops/secret-value.ts";
import { compiled } from "../tools/compiled.ts";
import { serveWarm } from "../tools/warm-program.ts";
import { type Block, blocksOf, exampleCluster, pages, textOf } from "./pages.ts";

const folder = mkdtempSync(join(tmpdir(), "overstack-docs-"));
const socket = join(folder, "socket");
const server = serveWarm(socket);
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Commands that are not run here, each for a reason. */
const elsewhere: readonly [RegExp, string][] = [
  [/^npm (ci|pack|install|start|test|run) ?/, "the gate runs them, and the test of the package"],
  [/^kubectl /, "there is no cluster"],
  [/^openstack /, "there is no cloud"],
  [/^age-keygen /, "another project's program"],
  [/^git push /, "there is nowhere to push to"],
  [/^overstack propose( --branch \S+)?$/, "test/forge runs it, with a forge of its own"],
  [/^overstack promote/, "test/forge runs it, with waves that have tags"],
  [/^overstack images eu1 --/, "test/registry runs them, with servers and files of its own"],
];

// What reads standard input is a process of its own.
writeFileSync(
  join(folder, "overstack"),
  `#!/bin/sh
case "$1 $2" in "secrets set") exec "${process.execPath}" "${resolve("generator/cli/main.ts")}" "$@" ;; esac
exec "${process.execPath}" "${resolve("test/tools/warm-client.ts")}" "${socket}" "$@"
`,
  { mode: 0o755 },
);
const someone = ["AUTHOR", "COMMITTER"].flatMap((who) => [
  [`GIT_${who}_NAME`, "someone"],
  [`GIT_${who}_EMAIL`, "someone@example.org"],
]);
const env = {
  ...compiled,
  PATH: `${folder}:${process.env.PATH}`,
  HOME: folder,
  GIT_CONFIG_NOSYSTEM: "1",
  ...(Object.fromEntries(someone) as Record<string, string>),
};

/** The key that a reader has made for the cluster. */
const { identity, recipient } = await newIdentity();
writeFileSync(join(folder, "eu1.agekey"), `${reveal(identity)}\n`, { mode: 0o600 });

/** What a page's cluster says beyond the example, and the files that its reader has. */
const special: Readonly<Record<string, { readonly cluster: object; readonly files: Record<string, string> }>> = {
  "docs/secrets.md": {
    cluster: {
      secrets: {
        provider: "sops",
        recipients: [recipient],
      },
      services: {
        glance: { stores: { main: { type: "s3", endpoint: "https://s3.example.org", secret: "glance-s3" } } },
      },
    },
    files: { "access-key": "value", "secret-key": "value" },
  },
};

const shell = promisify(execFile);

/** A fleet that has been generated and committed: pages that do not make one of their own begin in a copy of it. */
const fleet = mkdtempSync(join(folder, "fleet-"));
beforeAll(async () => {
  writeCluster(fleet, exampleCluster);
  const script = "git init --quiet --initial-branch=main; overstack generate; overstack commit";
  await shell("sh", ["-ec", script], { cwd: fleet, env });
});

function writeCluster(root: string, cluster: object): void {
  mkdirSync(join(root, "clusters/eu1"), { recursive: true });
  writeFileSync(join(root, "clusters/eu1/cluster.yaml"), stringify(cluster));
}

/** The folder in which a page begins. */
function begin(page: string): string {
  const work = mkdtempSync(join(folder, "page-"));
  if (textOf(page).includes("overstack new fleet")) return work;
  cpSync(fleet, work, { recursive: true });
  const { cluster = {}, files = {} } = special[page] ?? {};
  writeCluster(work, { ...exampleCluster, ...cluster });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text);
  return work;
}

/** Runs the blocks of a page one after the other in one shell; what each of them printed. */
async function run(page: string, blocks: readonly string[]): Promise<string[]> {
  const end = "\u0001";
  const script = blocks.map((block) => `${block}\nprintf '\\001'`).join("\n");
  const { stdout } = await shell("sh", ["-ec", script], { cwd: begin(page), env });
  return stdout.split(end);
}

/** The commands of a block that are run here. */
const runnable = ({ text }: Block): string =>
  text
    .trim()
    .split("\n")
    .filter((line) => !elsewhere.some(([pattern]) => pattern.test(line)))
    .join("\n");

describe.concurrent("every command that a page shows is run, and prints what the page shows", () => {
  const withCommands = pages.filter((page) => blocksOf(page).some((block) => block.info === "sh" && runnable(block)));
  test.each(withCommands)("the commands of %s run, and print what the page shows", async (page) => {
    const blocks = blocksOf(page);
    const commands = blocks.filter(({ info }) => info === "sh");
    const printed = await run(page, commands.map(runnable));
    for (const { info, text, previous } of blocks)
      if (info === "text") expect(`\n${printed[commands.indexOf(previous!)]}`).toContain(`\n${text}`);
  });
});

it("each command that is not run stands on some page", () => {
  const lines = pages.flatMap((page) => blocksOf(page).flatMap(({ text }) => text.split("\n")));
  for (const [pattern, reason] of elsewhere)
    expect(
      lines.filter((line) => pattern.test(line)),
      reason,
    ).not.toEqual([]);
});
