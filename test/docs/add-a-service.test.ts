import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import type { Component } from "../../generator/contract/component.ts";
import { releases } from "../../generator/contract/release.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { formatIssue } from "../../generator/issues/issue.ts";
import { blocksOf, exampleCluster } from "./pages.ts";

const page = "docs/add-a-service.md";

it("the component on the page compiles, and renders at every release and in both profiles", async () => {
  const [source] = blocksOf(page).filter(({ info }) => info === "ts");
  const file = join(import.meta.dirname, `.example-${process.pid}.ts`);
  const project = file.replace(/ts$/, "json");
  try {
    writeFileSync(file, source!.text.replaceAll('from "../', 'from "../../generator/'));
    writeFileSync(project, JSON.stringify({ extends: resolve("tsconfig.json"), include: [], files: [file] }));
    const { status, stdout } = spawnSync(resolve("node_modules/.bin/tsc"), ["--noEmit", "--project", project], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);

    const { default: example } = (await import(file)) as { default: Component };
    const extended = new Map([...catalogue, [example.name, example]]);
    for (const profile of ["production", "development"])
      for (const release of releases) {
        const services = { example: { dedicated: ["database"], size: 20 } };
        const text = stringify({ ...exampleCluster, profile, release, services });
        const { issues, rendered } = buildFrom({ name: "eu1", text, catalogue: extended });
        expect(issues.map(formatIssue)).toEqual([]);
        expect([...rendered!.files.keys()]).toContain("overlays/eu1/example/run/kustomization.yaml");
      }
  } finally {
    rmSync(file, { force: true });
    rmSync(project, { force: true });
  }
}, 60_000);

it("the walk through placement.ts names only what stands there", () => {
  const placement = readFileSync("generator/components/placement.ts", "utf8");
  const rows = [...readFileSync(page, "utf8").matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code!);
  expect(rows.length).toBeGreaterThan(5);
  for (const code of rows) expect(placement).toContain(code);
});
