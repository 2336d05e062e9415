/**
 * Renews the list of packages of one release:
 *
 *     node test/config/renew-constraints.ts 2026.1 upper-constraints.txt "branch stable/2026.1, commit 0190a07f0add"
 *
 * upper-constraints.txt is the file of that branch of openstack/requirements. pip resolves what the services and their
 * companions (packages.ts) need under it; what it would install is written, and nothing of the rest of that file.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Release, releases } from "../../generator/contract/release.ts";
import { findPython, run } from "./environment.ts";
import { companions, services } from "./packages.ts";

const [release, upper, source] = parseArgs({ allowPositionals: true }).positionals;
if (source === undefined || !releases.includes(release as Release))
  throw new Error("usage: renew-constraints.ts RELEASE UPPER_CONSTRAINTS SOURCE");

const wanted = [...services[release as Release], ...companions];
const { code, stdout, stderr } = await run(await findPython(), [
  ...["-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"],
  ...["--constraint", upper!, ...wanted],
]);
if (code !== 0) throw new Error(stderr);

const report: {
  readonly install: readonly { readonly metadata: { readonly name: string; readonly version: string } }[];
} = JSON.parse(stdout);
const lines = report.install.map(({ metadata: { name, version } }) => `${name.toLowerCase()}==${version}\n`).sort();
writeFileSync(
  join(import.meta.dirname, "constraints", `${release}.txt`),
  `# Packages that OpenStack ${release} is judged with: ${wanted.join(", ")},
# and what they need under upper-constraints.txt of openstack/requirements (${source}).
# Written by test/config/renew-constraints.ts.
${lines.join("")}`,
);
