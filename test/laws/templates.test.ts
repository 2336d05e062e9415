import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { parse, stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { buildFrom, judge, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { templates } from "../../generator/fleet/templates.ts";
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

/** The files, and what is recorded, of clusters that differ in these facts alone, made together and each by itself. */
function compare(data: Data): void {
  const fillIn = templates(catalogue, library);
  const shared = facts.map((own) => {
    const text = stringify({ ...data, ...own });
    const direct = buildFrom({ name: own.name, text, library });
    if (hasErrors(direct.issues)) return false;
    const filled = fillIn(judge({ name: own.name, text }).model!, []);
    if (filled === undefined) return false;
    const { files, facts: recorded } = scopeOf(direct);
    expect([...filled.files].sort()).toEqual([...files].sort());
    expect(JSON.parse(filled.facts)).toEqual(recorded);
    expect([...filled.bases].sort()).toEqual(direct.rendered!.bases.map(({ directory }) => directory).sort());
    return true;
  });
  expect(shared[0], "the first cluster is rendered without a template").toBe(false);
}

describe("a template gives a cluster the files that it would get by itself", () => {
  test.each(examples)("a template gives the files that %s gets by itself", (folder) =>
    compare(parse(readFileSync(`${folder}/cluster.yaml`, "utf8")) as Data),
  );

  test("a template gives the files that random clusters get by themselves", { timeout: 3_600_000 }, () =>
    forEachCluster(15, (_, data) => compare(data)),
  );
});

it("the second cluster that differs in its names alone is not rendered", () => {
  const fillIn = templates(catalogue, library);
  const data = parse(readFileSync("clusters/eu1/cluster.yaml", "utf8")) as Data;
  const made = ["one", "two"].map((name) => fillIn(judge({ name, text: stringify({ ...data, name }) }).model!, []));
  expect(made.map((filled) => filled === undefined)).toEqual([true, false]);
});
