import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import type { Component } from "../../generator/contract/component.ts";
import { releases } from "../../generator/contract/release.ts";
import { buildFrom, type Cluster } from "../../generator/fleet/one-cluster.ts";
import { formatIssue } from "../../generator/issues/issue.ts";
import type { Family, Settings } from "../laws/samples.ts";
import { unusedKeys } from "../laws/unused-keys.ts";
import { blocksOf, exampleCluster } from "./pages.ts";

const page = "docs/add-a-service.md";

/** Path of a file that the page shows -> where its text lies while the tests run. */
const shown = new Map(
  blocksOf(page)
    .filter(({ info }) => info === "ts")
    .map(({ path }, index) => [path!, join(import.meta.dirname, `.example-${process.pid}-${index}.ts`)]),
);
const project = join(import.meta.dirname, `.example-${process.pid}.json`);

/** Its imports lead from here to where they lead from its own folder. */
const moved = (path: string, text: string): string =>
  text.replace(
    /from "(\.\.?\/[^"]+)"/g,
    (_, to) => `from "${relative(import.meta.dirname, resolve(dirname(path), to))}"`,
  );

beforeAll(() => {
  for (const { info, path, text } of blocksOf(page))
    if (info === "ts") writeFileSync(shown.get(path!)!, moved(path!, text));
  writeFileSync(
    project,
    JSON.stringify({ extends: resolve("tsconfig.json"), include: [], files: [...shown.values()] }),
  );
});
afterAll(() => {
  for (const file of [...shown.values(), project]) rmSync(file, { force: true });
});

const exampleOf = async () => {
  const { default: example } = (await import(shown.get("generator/components/example.ts")!)) as { default: Component };
  const { default: family } = (await import(shown.get("test/components/example.ts")!)) as { default: Family };
  return { example, family };
};

/** A cluster with these services; the catalogue has the component of the page too. */
const withServices = (example: Component, services: Readonly<Record<string, Settings>>, more: object = {}): Cluster =>
  buildFrom({
    name: "eu1",
    text: stringify({ ...exampleCluster, ...more, services }),
    catalogue: new Map([...catalogue, [example.name, example]]),
  });

it("what the page shows compiles: a component and its example, an operator, a kind of connection", () => {
  expect([...shown.keys()].map((path) => dirname(path))).toEqual([
    "generator/components",
    "test/components",
    "generator/operators",
    "generator/connections",
  ]);
  const { status, stdout } = spawnSync(resolve("node_modules/.bin/tsc"), ["--noEmit", "--project", project], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

it("its component renders at every release and in both profiles, with what the page says of it", async () => {
  const { example } = await exampleOf();
  for (const profile of ["production", "development"])
    for (const release of releases) {
      const { issues, rendered } = withServices(
        example,
        { example: { dedicated: ["database"] } },
        { profile, release },
      );
      expect(issues.map(formatIssue)).toEqual([]);
      const render = rendered!.renders.get("example")!;
      const jobs = render.expand.objects.filter(({ kind }) => kind === "Job").map((job) => JSON.stringify(job));
      expect(
        jobs.some((job) => job.includes("example_user")),
        "register makes its role",
      ).toBe(true);
      const pods = JSON.stringify(render.run.objects.filter(({ kind }) => kind === "Deployment"));
      for (const variable of ["ENCRYPTION_KEY", "KEEPER_PASSWORD"]) expect(pods).toContain(`OS_DEFAULT__${variable}`);
      expect(pods).toContain("OS_PLACEMENT__PASSWORD");
    }
});

it("its example is a cluster in which every option is used", async () => {
  const { example, family } = await exampleOf();
  const instances = family.example!.example;
  const { issues } = withServices(example, instances);
  expect(issues.map(formatIssue)).toEqual([]);
  expect(unusedKeys(example.options, Object.values(instances))).toEqual([]);
});

it("the walk through placement.ts names only what stands there", () => {
  const placement = readFileSync("generator/components/placement.ts", "utf8");
  const rows = [...readFileSync(page, "utf8").matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code!);
  expect(rows.length).toBeGreaterThan(5);
  for (const code of rows) expect(placement).toContain(code);
});

it("the words of an example are those that the tests read", () => {
  const [, table] = readFileSync(page, "utf8").split("| word | who reads it |\n|---|---|\n");
  const words = table!
    .split("\n\n")[0]!
    .split("\n")
    .flatMap((row) => row.split("|")[1]!.trim().split(", "));
  const samples = readFileSync("test/laws/samples.ts", "utf8");
  const known = [
    ...samples
      .split("export interface Samples {")[1]!
      .split("\n}")[0]!
      .matchAll(/readonly (\w+)\??:/g),
  ];
  expect(words.sort()).toEqual(known.map(([, word]) => word!).sort());
});
