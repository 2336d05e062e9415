import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { parse, stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { formatIssue } from "../../generator/issues/issue.ts";
import { library } from "../laws/library.ts";
import { allPages, type Block, blocksOf, exampleCluster, pages } from "./pages.ts";

/** Warnings that are not a mistake of the example: nobody has run a consented change, nobody has made the Secrets. */
const expected = ["unused-consent", "missing-secrets"];

const isWhole = (data: Record<string, unknown>): boolean =>
  ["name", "domain", "delivery", "services"].every((key) => key in data);

/** What an example generates; one that is a part only is put into the example cluster. */
function generated({ text }: Block, more: object = {}) {
  const shown = parse(text) as Record<string, object>;
  const data = isWhole(shown)
    ? shown
    : {
        ...exampleCluster,
        ...more,
        ...shown,
        kubernetes: { ...exampleCluster.kubernetes, ...shown.kubernetes },
        infrastructure: { ...exampleCluster.infrastructure, ...shown.infrastructure },
        services: { ...exampleCluster.services, ...shown.services },
      };
  const name = String(data.name);
  const { issues, rendered } = buildFrom({ name, text: stringify(data), library });
  return {
    issues: issues.filter(({ code }) => !expected.includes(code)).map(formatIssue),
    files: rendered?.files ?? new Map<string, string>(),
  };
}

const isCluster = (block: Block): boolean => block.info === "yaml cluster";

/** The file that a block shows: as generated from the last cluster.yaml above it, else that of the example fleet. */
function fileOf(block: Block): string | undefined {
  for (let above = block.previous; above !== undefined; above = above.previous)
    if (isCluster(above)) return generated(above).files.get(block.path!);
  return readFileSync(block.path!, "utf8");
}

describe("every cluster.yaml that a page shows, whole or in part, is right", () => {
  const written = pages.flatMap((page) =>
    blocksOf(page)
      .filter(isCluster)
      .map((block, index) => [`${page}, ${index + 1}`, block] as const),
  );
  const inReference = allPages
    .filter((page) => page.startsWith("docs/reference/"))
    .flatMap((page) => blocksOf(page).map((block, index) => [`${page}, ${index + 1}`, block] as const));
  test.each(written)("%s is a valid cluster.yaml", (_, block) => expect(generated(block).issues).toEqual([]));
  // The reference shows bare names; only in development does nothing have to be decided.
  test.each(inReference)("%s is a valid cluster.yaml", (_, block) =>
    expect(generated(block, { profile: "development" }).issues).toEqual([]),
  );
});

describe("every generated file that a page shows is as generated", () => {
  const shown = pages.flatMap((page) =>
    blocksOf(page)
      // Source text is what a reader will write.
      .filter((block) => block.path !== undefined && !isCluster(block) && block.info !== "ts")
      .map((block) => [`${page}: ${block.path}`, block] as const),
  );
  test.each(shown)("%s is as generated", (_, block) => expect(`\n${fileOf(block)}`).toContain(`\n${block.text}`));
});

it("the first screen shows the example fleet's own files, the whole of each", () => {
  const shown = blocksOf("README.md").filter(({ path }) => path !== undefined);
  expect(shown.length).toBeGreaterThan(2);
  for (const { path, text, info } of shown) {
    const file = readFileSync(path!, "utf8");
    if (info === "yaml cluster") expect(parse(text)).toEqual(parse(file));
    else expect(text).toBe(file);
  }
});

it("the tree on the first screen is there, and leaves no instance out", () => {
  const [tree] = blocksOf("README.md").filter(({ info }) => info === "tree");
  const paths = tree!.text
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[0]!)
    .flatMap((line) => {
      const [, before, words, after] = /^(.*)\{(.*)\}(.*)$/.exec(line) ?? [];
      return words === undefined ? [line] : words.split(",").map((word) => `${before}${word}${after}`);
    });
  for (const path of paths) expect(existsSync(path), path).toBe(true);
  const instances = readdirSync("overlays/lab").filter((name) => catalogue.has(name));
  expect(paths).toEqual(expect.arrayContaining(instances.map((name) => `overlays/lab/${name}`)));
  expect(paths).toEqual(expect.arrayContaining(instances.map((name) => `bases/2026.1/${name}`)));
});

test.each(pages)("%s shows nothing that no test looks at", (page) => {
  // test/secrets/docs.test.ts runs those with stand-ins, test/cluster/argocd.ts has Argo CD read its settings from there.
  // test/laws/imports.test.ts compares the picture of the architecture with the rooms.
  const looked = ["mermaid", "yaml cluster", "yaml argocd-cm", "tree", "sh", "sh stand-ins", "ts"];
  const blind = blocksOf(page).filter(
    ({ info, path, previous }) =>
      !looked.includes(info) && path === undefined && !(info === "text" && previous?.info === "sh"),
  );
  expect(blind).toEqual([]);
});
