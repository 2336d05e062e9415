#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join, resolve } from "node:path";
import { Argument, Command, Option } from "commander";
import { ciKinds, renovate, templateFile } from "../base/layout.ts";
import { forgeKinds } from "../forge/forge.ts";
import type { WrittenKind } from "../scaffold/ci.ts";
import type { Result, Setting } from "./command.ts";
import { type Format, formats, print, progressLine } from "./output.ts";
import { fleetRoot } from "./root.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));

/*
 * What Node has compiled is kept: that halves the time of a command. In the user's own folder, since Node runs what it finds
 * there, and takes a shared one where no folder is named: https://nodejs.org/api/module.html#module-compile-cache
 */
const { HOME, LOCALAPPDATA, XDG_CACHE_HOME = HOME === undefined ? LOCALAPPDATA : join(HOME, ".cache") } = process.env;
if (XDG_CACHE_HOME) enableCompileCache(join(XDG_CACHE_HOME, "overstack", "compiled"));

const program = new Command("overstack")
  .description("Generates GitOps repositories that deploy, maintain and upgrade OpenStack on Kubernetes.")
  .version(version)
  .addOption(new Option("-C, --directory <dir>", "run as if started in this folder").default(".", "this folder"))
  .addOption(
    new Option("-o, --output <format>", "how to print; markdown, html: diff alone").choices(formats).default("text"),
  )
  .showHelpAfterError('"overstack --help" and "overstack COMMAND --help" show what there is.')
  .addHelpText(
    "after",
    examples([
      ["overstack new fleet cloud && cd cloud", "a repository for a fleet of clusters"],
      ["overstack new cluster eu1", "clusters/eu1/cluster.yaml, commented"],
      ["overstack generate", "bases/, overlays/ and the entry points of Flux or Argo CD"],
      ["overstack commit", "one commit that says what changed where"],
      ["overstack propose", "the same, as a pull request"],
    ]) +
      "\nExit codes: 0 done, 1 the input is wrong and nothing was written, 2 a defect of overstack, 3 (--check) files differ.",
  );

// Commands are loaded when they are called: generate needs neither git nor templates.
const create = program.command("new").description("begin a fleet, a cluster, or checks of pull requests");

create
  .command("fleet")
  .description("make a folder that is a fleet's Git repository")
  .argument("<dir>", "a new or empty folder")
  .addHelpText("after", examples([["overstack new fleet cloud", "make ./cloud"]]))
  .action((dir: string) => run(async (setting) => (await import("./new.ts")).newFleetFolder(setting, dir)));

create
  .command("cluster")
  .description("write a commented clusters/NAME/cluster.yaml")
  .argument("<name>", "lower case letters, digits and '-'")
  .addOption(
    new Option("--profile <profile>", "how much it has to survive")
      .choices(["production", "development"])
      .default("production"),
  )
  .addHelpText(
    "after",
    examples([
      ["overstack new cluster eu1", "replicated and spread over hosts and zones"],
      ["overstack new cluster lab --profile development", "one of everything, on one node"],
    ]),
  )
  .action((name: string, { profile }) =>
    run(async (setting) => (await import("./new.ts")).newClusterFile(setting, name, profile)),
  );

create
  .command("ci")
  .description("write the jobs that check a pull request, or the configuration of Renovate")
  .addArgument(new Argument("<what>", "the forge that runs the jobs, or renovate").choices([...ciKinds, renovate]))
  .addHelpText(
    "after",
    examples([
      ["overstack new ci github", ".github/workflows/overstack.yaml"],
      ["overstack new ci gitlab", ".gitlab-ci.yml"],
      ["overstack new ci forgejo", ".forgejo/workflows/overstack.yaml"],
      ["overstack new ci renovate", "renovate.json"],
    ]),
  )
  .action((kind: WrittenKind) => run(async (setting) => (await import("./new.ts")).newCiFile(setting, kind, version)));

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
  .action((clusters: string[], { check = false }) =>
    run(async (setting) => (await import("./generate.ts")).generate(setting, clusters, check)),
  );

program
  .command("diff")
  .description("show what the edits since a commit do to the objects of the clusters; exit 3 when something differs")
  .argument("[ref]", "a commit, branch or tag; or two of them: main..mine", "HEAD")
  .argument("[cluster...]", "only these clusters")
  .option("--no-pager", "print the text at once, also on a terminal")
  .addHelpText(
    "after",
    examples([
      ["overstack diff", "edits that are not committed yet, generated or not"],
      ["overstack diff main", "what a branch changes"],
      ["overstack diff v1..v2", "what lies between two commits"],
      ["overstack -o html diff main > diff.html", "the same as a page for a browser"],
      ["overstack diff HEAD eu1", "one cluster"],
    ]),
  )
  .action((ref: string, clusters: string[], { pager }) =>
    run(async (setting) => (await import("./diff.ts")).diff(setting, ref, clusters), formats, pager),
  );

program
  .command("commit")
  .description("commit what was generated, with a message that says what changed where")
  .addHelpText("after", examples([["overstack commit", "one commit; none when there is nothing to do"]]))
  .action(() => run(async (setting) => (await import("./commit.ts")).commit(setting)));

program
  .command("propose")
  .description("commit, push a branch, and open the one pull request of the change or renew its text")
  .option("--remote <name>", "where to push", "origin")
  .option("--base <branch>", "the branch that the change goes into; default: the remote's own")
  .option(
    "--branch <name>",
    "the branch of the change; default: the one that is checked out, or one named after the change",
  )
  .addOption(
    new Option(
      "--forge <forge>",
      "what runs at the remote, where its address does not say so; none: print what you open yourself",
    ).choices([...forgeKinds, "none"]),
  )
  .option("--draft", "open it as a draft")
  .option("--label <label...>", "labels of a new pull request")
  .option("--reviewer <name...>", "who is asked to look at a new pull request: users, or org/team")
  .option("--template <file>", `a Handlebars template of the text; default: ${templateFile} at the fleet's root`)
  .addHelpText(
    "after",
    examples([
      ["overstack propose", "from a laptop: a branch is made when you stand on the base"],
      ["overstack propose --branch overstack/digests", "from a schedule: one pull request, renewed"],
      ["overstack propose --forge none", "push, and print the text and where to open it"],
    ]) +
      "\nThe token comes from GITHUB_TOKEN, GITLAB_TOKEN, GITEA_TOKEN or FORGEJO_TOKEN, or from git's credential helper.\n",
  )
  .action((options) =>
    run(async (setting) => (await import("./propose.ts")).propose(setting, { ...options, version })),
  );

/** Where pull requests are looked for. */
const atForge = (command: Command): Command =>
  command
    .option("--remote <name>", "where the fleet is pushed to", "origin")
    .option("--base <branch>", "the branch that clusters are delivered from; default: the remote's own")
    .addOption(new Option("--forge <forge>", "what runs at the remote").choices([...forgeKinds, "none"]))
    .option("--to <tag>", "the tag; default: the one that the first wave has");

atForge(program.command("promote"))
  .description("move the pins of the next wave to a tag, in a pull request")
  .argument("[wave]", "a wave of waves.yaml; default: the first that does not have the tag")
  .option("--draft", "open it as a draft")
  .option("--label <label...>", "labels, beside those of the wave")
  .option("--reviewer <name...>", "who is asked to look at it")
  .option("--template <file>", `a Handlebars template of the text; default: ${templateFile} at the fleet's root`)
  .addHelpText(
    "after",
    examples([
      ["overstack promote --to v2026.12", "the first wave"],
      ["overstack promote", "the next one, when the one before has had it for long enough"],
    ]),
  )
  .action((wave: string | undefined, options) =>
    run(async (setting) => (await import("./promote.ts")).promote(setting, wave, { ...options, version })),
  );

atForge(program.command("fleet"))
  .description("show every cluster: release, wave, pin, how far behind; and where each wave stands")
  .addHelpText("after", examples([["overstack fleet", "as the commit that is checked out has it"]]))
  .action((options) => run(async (setting) => (await import("./fleet.ts")).fleet(setting, options)));

program
  .command("explain")
  .description("say what a key of cluster.yaml means, and where a cluster's value comes from")
  .argument("[path]", 'a key, such as services.glance.stores; "secrets" lists the Secrets that must exist')
  .option("--cluster <name>", "the cluster; need not be said when there is only one")
  .addHelpText(
    "after",
    examples([
      ["overstack explain", "the keys at the root of cluster.yaml"],
      ["overstack explain services.glance.replicas", "meaning, type, default, this cluster's value"],
      ["overstack explain infrastructure.mariadb --cluster eu1", "also how max_connections was computed"],
      ["overstack explain secrets --cluster eu1", "every Secret that must exist, and who reads it"],
    ]),
  )
  .action((path: string | undefined, { cluster }) =>
    run(async (setting) => (await import("./explain.ts")).explain(setting, path, cluster)),
  );

program
  .command("schema")
  .description("print the JSON Schema of cluster.yaml, for editors; or of what diff prints")
  .addArgument(new Argument("[what]", "whose schema").choices(["cluster", "diff"]).default("cluster"))
  .addHelpText(
    "after",
    examples([
      ["overstack schema > clusters/schema.json", "what new cluster and generate write"],
      ["overstack schema diff", "what overstack -o json diff prints"],
    ]),
  )
  .action((what: "cluster" | "diff") => run(async () => (await import("./schema.ts")).schema(what)));

program
  .command("images")
  .description("print every image that a cluster pulls, for mirrors and scanners; or write down their digests")
  .addArgument(new Argument("<cluster>", "a cluster of the fleet"))
  .option("--resolve", "ask the registry for the digest of each image, and write them into cluster.yaml")
  .addOption(
    new Option("--from <file>", "take the digests from lines image:tag@sha256:… of a file").implies({ resolve: true }),
  )
  .addHelpText(
    "after",
    examples([
      ["overstack images eu1", "one image per line"],
      ["overstack images eu1 --resolve", "write images.digests, from the mirror where there is one"],
      ["overstack images eu1 --from digests.txt", "the same without the network"],
    ]),
  )
  .action((name: string, { resolve: isResolved = false, from }) =>
    run(async (setting) =>
      isResolved
        ? (await import("./digests.ts")).resolveImages(setting, name, from)
        : (await import("./images.ts")).images(setting, name),
    ),
  );

const secrets = program.command("secrets").description("make, check and rotate the Secrets of a cluster");

/** A command about the Secrets of one cluster. */
const ofSecrets = (name: string, description: string, example: string, meaning: string): Command =>
  secrets
    .command(name)
    .description(description)
    .argument("<cluster>", "a cluster of the fleet")
    .addHelpText("after", examples([[`overstack secrets ${example}`, meaning]]));
const loaded = () => import("./secrets.ts");

ofSecrets(
  "create",
  "make the Secrets that are missing, encrypted",
  "create eu1",
  "works before there is a cluster",
).action((name: string) => run(async (setting) => (await loaded()).create(setting, name)));
ofSecrets(
  "list",
  "show every Secret, who reads it, and whether it is there",
  "list eu1",
  "values are never shown",
).action((name: string) => run(async (setting) => (await loaded()).list(setting, name)));
ofSecrets(
  "check",
  "exit 1 unless all are there, encrypted, and for the right recipients",
  "check eu1",
  "for CI and pre-commit",
).action((name: string) => run(async (setting) => (await loaded()).check(setting, name)));
ofSecrets(
  "set",
  "put a value from standard input into a Secret",
  "set eu1 openstack-services/glance-s3 access-key < key",
  "a value that only you have",
)
  .argument("<secret>", "namespace/name, as list shows it")
  .argument("<key>", "key in the Secret")
  .action((name: string, id: string, key: string) =>
    run(async (setting) => (await loaded()).set(setting, name, id, key)),
  );
ofSecrets(
  "rotate",
  "take the next step of replacing credentials; nothing is interrupted",
  "rotate eu1 glance database",
  "three commits in all",
)
  .argument("[instance]", "a service; none shows where every rotation is")
  .argument("[kind]", "a kind of connection, identity or credential-keys; none means all connections and identity")
  .action((name: string, instance?: string, kind?: string) =>
    run(async (setting) => (await import("./rotate.ts")).rotate(setting, name, instance, kind)),
  );
ofSecrets(
  "reencrypt",
  "encrypt to the recipients that are declared now",
  "reencrypt eu1",
  "after recipients have changed",
).action((name: string) => run(async (setting) => (await loaded()).reencrypt(setting, name)));
ofSecrets("export", "list what an external store must hold", "export eu1", "entry, property, what to put there").action(
  (name: string) => run(async (setting) => (await loaded()).exported(setting, name)),
);
ofSecrets(
  "manifest",
  "print the Secrets as manifests without values",
  "manifest eu1",
  "for the person who makes them",
).action((name: string) => run(async (setting) => (await loaded()).manifest(setting, name)));

/** Runs one command, unless it cannot be printed as it is asked for, and sets the exit code. */
async function run(
  command: (setting: Setting) => Promise<Result>,
  printable: readonly Format[] = ["text", "json"],
  isPaged = false,
): Promise<void> {
  const { directory, output } = program.opts<{ directory: string; output: Format }>();
  if (!printable.includes(output))
    program.error(`error: this command prints ${printable.join(" or ")}, not ${output}`, { exitCode: 1 });
  const line = progressLine();
  const setting = { root: fleetRoot(resolve(directory)), directory: resolve(directory), progress: line.show };
  const result = await command(setting);
  line.clear();
  process.exitCode = await print(result, output, isPaged ? paged(setting) : undefined);
}

/** Shows a text with the pager that git has in this folder. */
const paged =
  ({ directory }: Setting) =>
  async (text: string): Promise<boolean> => {
    const { page, pagerOf } = await import("./pager.ts");
    const pager = await pagerOf(directory);
    return pager !== undefined && page(text, pager);
  };

function examples(lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, meaning]) => `  ${command.padEnd(width)}   ${meaning}`).join("\n")}\n`;
}

// A closed pipe (`| head`) is not an error.
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
