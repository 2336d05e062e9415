#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Argument, Command, Option } from "commander";
import type { Result, Setting } from "./command.ts";
import { generate } from "./generate.ts";
import { images } from "./images.ts";
import { print, progressLine } from "./output.ts";
import { fleetRoot } from "./root.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));

const program = new Command("overstack")
  .description("Generates GitOps repositories that deploy, maintain and upgrade OpenStack on Kubernetes.")
  .version(version)
  .addOption(new Option("-C, --directory <dir>", "run as if started in this folder").default(".", "this folder"))
  .addOption(new Option("-o, --output <format>", "how to print").choices(["text", "json"]).default("text"))
  .showHelpAfterError('"overstack --help" and "overstack COMMAND --help" show what there is.')
  .addHelpText(
    "after",
    examples([["overstack generate", "bases/, overlays/ and the entry points of Flux or Argo CD"]]) +
      "\nExit codes: 0 done, 1 the input is wrong and nothing was written, 2 a defect of overstack, 3 (--check) files differ.",
  );

program
  .command("generate")
  .description("write the files that follow from cluster.yaml")
  .argument("[cluster...]", "only these clusters")
  .option("--check", "write nothing; exit 3 when files differ")
  .addHelpText(
    "after",
    examples([
      ["overstack generate", "all clusters"],
      ["overstack generate eu1", "one cluster"],
      ["overstack generate --check", "for continuous integration"],
    ]),
  )
  .action((clusters: string[], { check = false }) => run((setting) => generate(setting, clusters, check)));

program
  .command("images")
  .description("print every image that a cluster pulls, for mirrors and scanners")
  .addArgument(new Argument("<cluster>", "a cluster of the fleet"))
  .addHelpText("after", examples([["overstack images eu1", "one image per line"]]))
  .action((name: string) => run((setting) => images(setting, name)));

/** Runs one command and sets the exit code. */
async function run(command: (setting: Setting) => Result | Promise<Result>): Promise<void> {
  const { directory, output } = program.opts<{ directory: string; output: "text" | "json" }>();
  const line = progressLine();
  const setting = { root: fleetRoot(resolve(directory)), directory: resolve(directory), progress: line.show };
  const result = await command(setting);
  line.clear();
  process.exitCode = print(result, output);
}

function examples(lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, meaning]) => `  ${command.padEnd(width)}   ${meaning}`).join("\n")}\n`;
}

// A reader that has seen enough (head, less) is no mistake.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    `${stack}\n\noverstack ${version}: this is a defect of overstack, not of your input. Please report it with the lines above.\n`,
  );
  process.exitCode = 2;
}
