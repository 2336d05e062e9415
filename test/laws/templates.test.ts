import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { parse, stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { alike } from "../../generator/fleet/alike.ts";
import { buildFrom, judge, recordedStateOf, scopeOf, summaryOf } from "../../generator/fleet/one-cluster.ts";
import { filled, namesOf, templates } from "../../generator/fleet/templates.ts";
import { hasErrors, type Issue, warning } from "../../generator/issues/issue.ts";
import type { RecordedState } from "../../generator/model/living.ts";
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
  { name: "last", domain: "last.example.org", region: "last" },
];

/** What a run reads of such a cluster. */
const read = (name: string, text: string) => ({ name, text: Buffer.from(text), versions: undefined, secretFiles: [] });

/** The files, and what is recorded, of clusters that differ in these facts alone, made together and each by itself. */
function compare(data: Data): void {
  const templateFor = templates(catalogue, library);
  const others = alike(catalogue);
  const shared = facts.map((own) => {
    const text = stringify({ ...data, ...own });
    const direct = buildFrom({ name: own.name, text, library });
    const found = others.find(read(own.name, text), undefined);
    if (hasErrors(direct.issues)) {
      expect(found).toBeUndefined();
      return false;
    }
    const judged = judge({ name: own.name, text });
    const { issues } = judged;
    const { spec } = judged.model!;
    const template = templateFor(judged.model!, []);
    if (template === undefined) return false;
    const summary = summaryOf(judged);
    if (found !== undefined) expect(found).toEqual({ names: namesOf(spec), summary, issues, template });
    others.keep(read(own.name, text), undefined, { spec, summary, issues, template });
    const made = filled(template, own);
    const { files, facts: recorded } = scopeOf(direct);
    expect([...made.files].sort()).toEqual([...files].sort());
    expect(JSON.parse(made.facts)).toEqual(recorded);
    expect([...made.bases].sort()).toEqual(direct.rendered!.bases.map(({ directory }) => directory).sort());
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
  const templateFor = templates(catalogue, library);
  const data = parse(readFileSync("clusters/eu1/cluster.yaml", "utf8")) as Data;
  const made = ["one", "two"].map((name) =>
    templateFor(judge({ name, text: stringify({ ...data, name }) }).model!, []),
  );
  expect(made.map((template) => template === undefined)).toEqual([true, false]);
});

describe("a cluster whose text differs from another's in its names alone", () => {
  const {
    name: _,
    domain: __,
    region: ___,
    kubernetes: ____,
    ...rest
  } = parse(readFileSync("clusters/us1/cluster.yaml", "utf8")) as Data;
  const text = ({ name = "two", domain = "two.example.org", region = "two", more = {} }) =>
    `name: ${name}\ndomain: ${domain}\nregion: ${region}\n${stringify({ ...rest, ...more })}`;
  const living = recordedStateOf(judge({ name: "two", text: text({}) }).model!);

  /** What is known of a cluster by another one of its kind, which is called two. */
  function known(asked: Parameters<typeof text>[0], before?: RecordedState, was = before, said?: Issue[]) {
    const others = alike(catalogue);
    const templateFor = templates(catalogue, library);
    for (const name of ["one", "two"]) {
      const own = text({ ...asked, name, domain: `${name}.example.org`, region: name });
      const recorded = was === undefined ? undefined : { ...was, region: name };
      const judged = judge({ name, text: own, before: recorded });
      const template = templateFor(judged.model!, []);
      const { spec } = judged.model!;
      const issues = said ?? judged.issues;
      if (template !== undefined)
        others.keep(read(name, own), recorded, { spec, summary: summaryOf(judged), issues, template });
    }
    return others.find(read(asked.name ?? "three", text({ name: "three", ...asked })), before);
  }

  it("is neither parsed nor connected, and its warnings name its own file", () => {
    const found = known({ domain: "three.example.org" });
    expect(found?.names).toEqual({ name: "three", domain: "three.example.org", region: "two" });
    expect(found?.issues.map(({ code, file }) => [code, file])).toContainEqual([
      "kubernetes-version",
      "clusters/three/cluster.yaml",
    ]);
  });

  test.each([
    ["the name of a folder of the fleet", { name: "bases" }],
    ["a name that Kubernetes refuses", { name: "Three" }],
    ["a name that leaves an engine's objects no room", { name: "t".repeat(63) }],
    ["a domain that is no host name", { domain: "three_.example.org" }],
    ["a domain with which a public name is too long", { domain: `${"a.".repeat(122)}example` }],
    ["a region that YAML reads as something else", { region: "no" }],
    ["the placeholder of a template", { region: "zq-region-qz" }],
    ["a value in quotes", { region: '"three"' }],
  ])("is judged by itself with %s", (_, names) => {
    expect(known(names)).toBeUndefined();
  });

  it("is judged by itself where the public names hold the domain's first part", () => {
    const more = { publicNames: "{service}-{domain}" };
    expect(known({ more, domain: "three.example.org" })).toBeDefined();
    expect(known({ more, domain: `${"t".repeat(60)}.example.org` })).toBeUndefined();
  });

  it("is judged by itself where a warning names the other", () => {
    const say = (message: string): Issue => ({
      ...warning("kubernetes-version", message, "Nothing."),
      file: "clusters/two/cluster.yaml",
    });
    expect(known({}, undefined, undefined, [say("said of nobody")])).toBeDefined();
    expect(known({}, undefined, undefined, [say("said of two.example.org")])).toBeUndefined();
  });

  it("is judged by itself where what lives is different, its region included", () => {
    expect(known({ region: "three" }, { ...living, region: "three" })).toBeDefined();
    expect(known({ region: "three" }, { ...living, region: "before" }, living)).toBeUndefined();
    expect(known({ region: "three" }, { ...living, region: "three", release: "2025.1" }, living)).toBeUndefined();
    expect(known({ region: "three" }, undefined, living)).toBeUndefined();
  });
});
