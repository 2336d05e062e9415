import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { changeReport } from "./change.ts";
import { everyDial, everyDialText, golden } from "./clusters.ts";
import { recordedTexts } from "./recorded.ts";
import type { Files } from "./texts.ts";

// `npm run golden` renews the golden trees, and writes into CHANGE.md what has changed since the last commit: that page is what
// a reviewer reads.

const isRecorded = (path: string): boolean => /\.txt$|inventory-facts\.json$/.test(path);

const onDisk = (): Files =>
  new Map(
    globSync("**/*", { cwd: golden })
      .filter(isRecorded)
      .map((path) => [path, readFileSync(join(golden, path), "utf8")]),
  );

/** The same of the last commit; of a file that it has not, nothing. */
function committed(): Files {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: golden, encoding: "utf8", maxBuffer: 1 << 28 });
  const paths = git("ls-tree", "-r", "--name-only", "HEAD", ".").split("\n").filter(isRecorded);
  return new Map(paths.map((path) => [path, git("show", `HEAD:./${path}`)]));
}

const input = join(golden, "clusters", everyDial, "cluster.yaml");
mkdirSync(dirname(input), { recursive: true });
if (!existsSync(input) || readFileSync(input, "utf8") !== everyDialText()) writeFileSync(input, everyDialText());

const before = onDisk();
const after = recordedTexts();
for (const path of before.keys()) if (!after.has(path)) rmSync(join(golden, path));
for (const [path, text] of after) {
  if (before.get(path) === text) continue;
  mkdirSync(dirname(join(golden, path)), { recursive: true });
  writeFileSync(join(golden, path), text);
}

const isSame = before.size === after.size && [...after].every(([path, text]) => before.get(path) === text);
const report = isSame ? "" : changeReport(committed(), after);
if (report !== "") {
  const title = "# What the last change of the golden trees changes\n\n";
  writeFileSync(
    join(golden, "CHANGE.md"),
    `${title}Written by \`npm run golden\`: one line for each kind of difference. \`*\` is the name of the component or instance.\n\n${report}`,
  );
}
process.stdout.write(isSame ? "The golden trees are as recorded.\n" : `test/golden/CHANGE.md:\n${report}`);
