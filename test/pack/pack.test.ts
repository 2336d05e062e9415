import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compiled } from "../tools/compiled.ts";

const folder = mkdtempSync(join(tmpdir(), "overstack-pack-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = {
  ...process.env,
  ...compiled,
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  GIT_CONFIG_NOSYSTEM: "1",
};
const run = (file: string, args: readonly string[], cwd = folder): string =>
  execFileSync(file, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

interface Packed {
  readonly filename: string;
  readonly integrity: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs these sources as `npm pack` does; without a folder for it, it is only said what the package would be. */
const pack = (sources: string, ...where: string[]): Packed =>
  JSON.parse(run("npm", ["pack", "--json", ...where], sources))[0] as Packed;

let packed: Packed;
beforeAll(() => {
  packed = pack(resolve("."), "--pack-destination", folder);
});

it("the same sources make the same package, byte for byte, wherever and whenever they lie", () => {
  const elsewhere = join(folder, "elsewhere");
  mkdirSync(join(elsewhere, "dist/old"), { recursive: true });
  writeFileSync(join(elsewhere, "dist/old/left-over.js"), "");
  for (const file of ["generator", "package.json", "tsconfig.json", "tsconfig.build.json", "README.md", "LICENSE"])
    cpSync(file, join(elsewhere, file), { recursive: true });
  symlinkSync(resolve("node_modules"), join(elsewhere, "node_modules"));
  expect(pack(elsewhere, "--dry-run").integrity).toBe(packed.integrity);
});

it("the package works in an empty folder, as a user gets it", () => {
  const paths = packed.files.map(({ path }) => path);
  expect(
    paths.filter(
      (path) => !/^(dist\/.*\.js|dist\/options\/data\/[a-z]+\.json|package\.json|README\.md|LICENSE)$/.test(path),
    ),
  ).toEqual([]);
  expect(paths).toEqual(expect.arrayContaining(["dist/cli/main.js", "README.md", "LICENSE"]));
  run("npm", ["init", "--yes"]);
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", join(folder, packed.filename)]);
  run("npx", ["overstack", "new", "fleet", "cloud"]);
  const cloud = join(folder, "cloud");
  const overstack = (...args: string[]) => run(join(folder, "node_modules/.bin/overstack"), args, cloud);
  overstack("new", "cluster", "lab", "--profile", "development");
  expect(overstack("generate")).toContain("files written");
  expect(overstack("explain", "services.glance.replicas")).toContain("development 1");
  expect(overstack("explain", "services.keystone.config.keystone.conf.token.expiration")).toContain("at least 0");

  const generated = globSync("{bases,overlays,clusters}/**/*.{yaml,json,conf}", { cwd: cloud }).sort();
  const before = generated.map((file) => readFileSync(join(cloud, file), "utf8"));
  rmSync(join(cloud, ".git/overstack"), { recursive: true });
  run(process.execPath, [resolve("generator/cli/main.ts"), "generate"], cloud);
  expect(generated.map((file) => readFileSync(join(cloud, file), "utf8"))).toEqual(before);
});
