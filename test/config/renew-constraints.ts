/**
 * Writes the pins of one release:
 *
 *     git -C requirements show 0190a07f0add:upper-constraints.txt > upper-constraints.txt
 *     node test/config/renew-constraints.ts 2026.1 upper-constraints.txt "branch stable/2026.1, commit 0190a07f0add"
 *
 * `requirements` is a clone of openstack/requirements. uv resolves what all services (`judged` in test/components) and
 * their companions need under that file; what it would install is written, and nothing of the rest of the file. A
 * service is newer than the file's line about it, if there is one: that line does not count. Another line that is too
 * old is replaced by `--instead oslo.versionedobjects==3.12.0`; uv says which when it finds no solution.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Release, releases } from "../../generator/contract/release.ts";
import { buildConstraints, findPython, pinsOf, uv } from "./environment.ts";
import { judged, packagesOf } from "./judged.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { instead: { type: "string", multiple: true, default: [] } },
});
const [release, upper, source] = positionals as [Release, string, string];
if (source === undefined || !releases.includes(release))
  throw new Error("usage: renew-constraints.ts RELEASE UPPER_CONSTRAINTS SOURCE [--instead PACKAGE==VERSION]...");

const wanted = [...new Set([...judged.keys()].flatMap((component) => packagesOf(component, release)))];
const nameOf = (line: string): string =>
  line
    .split(/[=<>;\s]/)[0]!
    .toLowerCase()
    .replaceAll(/[-_.]+/g, "-");
const decided = new Set([...wanted.filter((item) => item.includes("=")), ...values.instead].map(nameOf));

const folder = mkdtempSync(join(tmpdir(), "overstack-constraints-"));
try {
  const constraints = join(folder, "constraints.txt");
  const lines = readFileSync(upper, "utf8").split("\n");
  writeFileSync(constraints, [...lines.filter((line) => !decided.has(nameOf(line))), ...values.instead].join("\n"));
  const input = join(folder, "wanted.txt");
  writeFileSync(input, wanted.join("\n"));
  const { code, stdout, stderr } = await uv(
    ...["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python", await findPython()],
    ...["--constraint", constraints, "--build-constraint", buildConstraints, input],
  );
  if (code !== 0) throw new Error(stderr);
  const instead = values.instead.length === 0 ? "" : `, with ${values.instead.join(", ")} instead`;
  const pins = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `${line.toLowerCase()}\n`)
    .sort();
  writeFileSync(
    pinsOf(release),
    `# What the services of OpenStack ${release} are judged with: their packages, and what those need
# under upper-constraints.txt of openstack/requirements (${source}${instead}).
# Written by test/config/renew-constraints.ts.
${pins.join("")}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
