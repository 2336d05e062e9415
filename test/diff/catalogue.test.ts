import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { clusterDiff } from "../../generator/diff/cluster-diff.ts";
import { rules } from "../../generator/diff/rules.ts";
import { buildFrom, type Cluster, recordedStateOf } from "../../generator/fleet/one-cluster.ts";
import type { RecordedState } from "../../generator/model/living.ts";
import { catalogue, library } from "../contract/nodes.ts";
import { edited, refusal, row, type Section, saidRules, sectionsOf, withRows } from "./catalogue.ts";
import { rowInGit } from "./catalogue-in-git.ts";

const page = "test/diff/catalogue.md";
const text = readFileSync(page, "utf8");

test("what is said of small edits is what the catalogue has, row by row", async () => {
  const before = new Map<string, Cluster>();
  const inGit = new Map(
    await Promise.all(
      sectionsOf(text)
        .filter(({ cluster }) => cluster === undefined)
        .flatMap(({ edits }) => edits.map(async (edit) => [edit, await rowInGit(edit)] as const)),
    ),
  );
  const rowOf = (section: Section, edit: string): string => {
    if (section.cluster === undefined) return inGit.get(edit)!;
    const old = before.get(section.title) ?? made(stringify(section.cluster));
    before.set(section.title, old);
    const recorded = recordedStateOf(old.model!);
    const own = made(edited(section.cluster, edit), recorded);
    const mistake = own.issues.find(({ severity }) => severity === "error");
    return mistake === undefined ? row(edit, clusterDiff(old, own, { recorded })) : refusal(edit, mistake);
  };
  await expect(withRows(text, rowOf)).toMatchFileSnapshot("catalogue.md");
  expect([...saidRules()].sort(), "each rule is in it").toEqual(Object.keys(rules).sort());
});

test("it has at least eighty edits", () => {
  expect(text.match(/^\| [a-z]/gm)!.length).toBeGreaterThanOrEqual(80 + text.match(/^\| edit/gm)!.length);
});

const made = (input: string, before?: RecordedState): Cluster =>
  buildFrom({ name: "eu1", text: input, catalogue, library, before });
