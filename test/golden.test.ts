import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { catalogue } from "../generator/components/index.ts";
import { kinds } from "../generator/connections/index.ts";
import type { Component } from "../generator/contract/component.ts";
import { groups } from "../generator/contract/context.ts";
import { componentOf } from "../generator/input/instances.ts";
import { instanceSchema, rootSchema } from "../generator/input/schema/whole.ts";
import { changeReport } from "./golden-trees/change.ts";
import { everyDial, everyDialText, golden, goldenClusters } from "./golden-trees/clusters.ts";
import { recordedTexts } from "./golden-trees/recorded.ts";
import { differencesOf, fromText, toText } from "./golden-trees/texts.ts";
import { families, samples } from "./laws/samples.ts";
import { unusedKeys } from "./laws/unused-keys.ts";

const clusters = goldenClusters();
const inputs = [`${everyDial}.yaml`, "CHANGE.md", "theirs.yaml", ...[...clusters.keys()].map(inputOf)];
const found = globSync("**/*", { cwd: golden, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(golden.length + 1));

describe("the golden trees are as recorded, byte for byte (npm run golden renews them)", () => {
  const wanted = recordedTexts();

  it("the golden folder has the recorded files, and no others", () =>
    expect(found.sort()).toEqual([...inputs, ...wanted.keys()].sort()));

  test.each([...Map.groupBy(wanted, ([path]) => path.split("/").slice(0, 2).join("/"))])(
    "%s is as recorded",
    (_, texts) => {
      for (const [path, text] of texts) expect(readFileSync(join(golden, path), "utf8"), path).toBe(text);
    },
  );

  it("has a cluster with the examples of all components", () => expect(clusters.get(everyDial)).toBe(everyDialText()));
});

describe("the golden trees stay small enough to be read", () => {
  it("has at most 400 files", () => expect(found.length).toBeLessThanOrEqual(400));

  test.each([...families])("at most 120 of the family %s, and 40 of each component", (_, family) => {
    const counts = Object.keys(family).map((name) => ({
      name,
      files: found.filter((path) => isOf(name, path)).length,
    }));
    expect(counts.filter(({ files }) => files > 40)).toEqual([]);
    expect(counts.reduce((sum, { files }) => sum + files, 0)).toBeLessThanOrEqual(120);
  });
});

describe("the golden clusters together use every key", () => {
  it("every key at the root of cluster.yaml occurs in a golden cluster", () => {
    const all = [...clusters.values()].map((text) => parse(text) as unknown);
    // consent needs an earlier run, identity another cluster, node groups a component that runs on each of their nodes; all
    // have tests of their own.
    const has = (is: (component: Component) => boolean) => [...catalogue.values()].some(is);
    const apart = [
      ...["consent", "identity"],
      ...(has(({ group }) => group === "nodes") ? [] : ["nodes", "kubernetes.nodeNetworks"]),
      ...(has(({ perNodeGroup }) => perNodeGroup !== undefined) ? [] : ["nodeGroups"]),
    ];
    expect(unusedKeys(rootSchema, all).filter((key) => !apart.includes(key))).toEqual([]);
  });

  const instances = [...clusters.values()].flatMap((text) => {
    const cluster = parse(text) as Record<string, Record<string, { component?: string }>>;
    const all = groups.flatMap((group) => Object.entries(cluster[group] ?? {}));
    return all.map(([name, settings]) => ({
      component: settings.component ?? componentOf(name, catalogue)?.name,
      settings,
    }));
  });
  const examples = instances.map(({ settings }) => settings);
  // Nobody may choose a provider of what no component needs; the tests of the contract have one that does.
  const needed = [...catalogue.values()].flatMap(
    ({ needs, options }) => needs?.(options.safeParse({}).data ?? {}).map(({ kind }) => kind) ?? [],
  );
  // The golden clusters are judged at each release, where an instance has none of its own. Sentinels are Valkey's, and what locks
  // in the catalogue relies on more.
  const apart = [
    "release",
    "uses.coordination.sentinel",
    ...kinds.filter((kind) => !needed.includes(kind)).map((kind) => `uses.${kind}`),
  ];
  test.each([...catalogue.values()])("every key of $name occurs in a golden cluster", (component) => {
    const isOwn = (key: string): boolean => key.split(".")[0]! in component.options.shape;
    const own = instances.filter((instance) => instance.component === component.name).map(({ settings }) => settings);
    // The options of a part are its owner's to say.
    if (component.partOf === undefined) expect(unusedKeys(component.options, own)).toEqual([]);
    const unused = unusedKeys(instanceSchema(component), examples).filter((key) => !isOwn(key));
    expect(unused.filter((key) => !apart.includes(key))).toEqual([]);
  });
});

describe("what is recorded and what is reported", () => {
  const files = new Map([
    ["run/deployment-a.yaml", "kind: A\n"],
    ["a.conf", "[group]\noption = 1"],
  ]);

  test("a text has each file below its path", () => {
    const text = toText(files);
    expect(text).toBe(
      "=== a.conf\n[group]\noption = 1\n\\ no newline at the end\n\n=== run/deployment-a.yaml\nkind: A\n",
    );
    expect([...fromText(text).keys()]).toEqual(["a.conf", "run/deployment-a.yaml"]);
  });

  test("another release is recorded as the lines that differ, each after the line before it", () => {
    const others = new Map([...files, ["a.conf", "[group]\noption = 2"]]);
    expect([...differencesOf(others, files)]).toEqual([["a.conf", "  [group]\n- option = 1\n+ option = 2\n"]]);
    expect(differencesOf(files, files).size).toBe(0);
  });

  test("one line for each kind of difference, with its places", () => {
    const tree = (grace: number, hash: string) => {
      const deployment = (name: string) =>
        `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name}-api }\nspec: { grace: ${grace} }\n`;
      const job = "apiVersion: batch/v1\nkind: Job\nmetadata: { name: job }\n";
      return new Map(
        ["one", "two"].map((name) => [
          `bases/2026.1/${name}/run.txt`,
          toText(
            new Map([
              ["deployment.yaml", deployment(name)],
              [`job-${name}-${hash}.yaml`, job],
              [`${name}.conf`, `[a]\nb = ${grace}\n`],
            ]),
          ),
        ]),
      );
    };
    expect(changeReport(tree(1, "0000000"), tree(1, "0000000"))).toBe("");
    expect(changeReport(tree(1, "0000000"), tree(2, "1111111"))).toBe(
      [
        "- `~ *.conf  [a] b: 1 -> 2` in 2 places: bases 2026.1 (2)",
        "- `~ Deployment/*-api  spec.grace: 1 -> 2` in 2 places: bases 2026.1 (2)",
        "",
      ].join("\n"),
    );
  });
});

function inputOf(name: string): string {
  return `clusters/${name}/cluster.yaml`;
}

/** A recorded text is about a component or one of its instances. */
const isOf = (component: string, path: string): boolean => {
  const [root, , name = ""] = path.split("/");
  const own = name.replace(/\.txt$/, "");
  const instances = Object.keys(samples.get(component)!.example);
  return root === "bases" ? own === component : root === "overlays" && (own === component || instances.includes(own));
};
