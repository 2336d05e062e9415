import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { parse, stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { buildFrom, judge, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { shapes } from "../../generator/fleet/templates.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { forEachCluster } from "./cases.ts";
import type { Data } from "./clusters.ts";
import { library } from "./library.ts";

const examples = [
  "clusters/eu1",
  "clusters/us1",
  "clusters/lab",
  "test/golden/clusters/every-dial",
  "test/golden/clusters/production-argocd",
];
const facts = [
  { name: "first", domain: "first.example.org", region: "first" },
  { name: "a", domain: "x.y", region: "R.1_2-3" },
  { name: "b".repeat(40), domain: "no.example.org", region: "no" },
];

/** The files of clusters that differ in these facts alone, made together and each by itself. */
function compare(data: Data): void {
  const shape = shapes(catalogue, library);
  const shared = facts.map((own) => {
    const text = stringify({ ...data, ...own });
    const direct = buildFrom({ name: own.name, text, library });
    if (hasErrors(direct.issues)) return false;
    const shaped = shape(judge({ name: own.name, text }).model!, []);
    if (shaped === undefined) return false;
    expect([...shaped.files].sort()).toEqual([...scopeOf(direct).files].sort());
    expect([...shaped.bases].sort()).toEqual(direct.rendered!.bases.map(({ directory }) => directory).sort());
    return true;
  });
  expect(shared[0], "the first of a shape is rendered as itself").toBe(false);
}

describe("a cluster of a known shape gets the files that it would get by itself", () => {
  test.each(examples)("a known shape gives the same files: of %s", (folder) =>
    compare(parse(readFileSync(`${folder}/cluster.yaml`, "utf8")) as Data),
  );

  test("a known shape gives the same files: of random clusters", { timeout: 3_600_000 }, () =>
    forEachCluster(15, (_, data) => compare(data)),
  );
});

it("the second cluster of a shape is not rendered again", () => {
  const shape = shapes(catalogue, library);
  const data = parse(readFileSync("clusters/eu1/cluster.yaml", "utf8")) as Data;
  const made = ["one", "two"].map((name) => shape(judge({ name, text: stringify({ ...data, name }) }).model!, []));
  expect(made.map((shaped) => shaped === undefined)).toEqual([true, false]);
});
