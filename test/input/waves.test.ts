import { join } from "node:path";
import { expect, test } from "vitest";
import { heldBack, nextWave } from "../../generator/fleet/waves.ts";
import { parseWaves } from "../../generator/input/waves.ts";
import { formatIssue } from "../../generator/issues/issue.ts";

const clusters = ["lab", "eu1", "us1"];
const text = `waves:
  - { name: canary, clusters: [lab], soak: 24h, labels: [canary] }
  - { name: all, clusters: [eu1, us1] }
freezes:
  - { from: '2026-12-20', to: '2027-01-04', reason: the end of the year }
  - { from: '2026-11-30T18:00Z', to: '2026-11-30T20:00Z', reason: a launch, waves: [all] }
`;
const { value: waves } = parseWaves(text, clusters);
const [canary, all] = waves!.waves;
const at = (time: string) => Date.parse(time);
const codes = (wave: typeof canary, lab: string | undefined, now: string) =>
  heldBack(
    waves!,
    wave!,
    "v2",
    [
      { cluster: "lab", since: lab === undefined ? undefined : at(lab) },
      { cluster: "eu1", since: undefined },
    ],
    at(now),
  ).map(({ code }) => code);

test("a wave follows when the one before has had the tag for long enough, and no freeze is on", () => {
  expect(codes(canary, undefined, "2026-12-01T12:00Z")).toEqual([]);
  expect(codes(all, undefined, "2026-12-01T12:00Z")).toEqual(["not-reached"]);
  expect(codes(all, "2026-12-01T12:00Z", "2026-12-02T11:59Z")).toEqual(["not-soaked"]);
  expect(codes(all, "2026-12-01T12:00Z", "2026-12-02T12:00Z")).toEqual([]);
});

test("a freeze holds from its first day to its last, and the waves that it names", () => {
  expect(codes(canary, undefined, "2026-12-19T23:59Z")).toEqual([]);
  for (const now of ["2026-12-20T00:00Z", "2027-01-04T23:59Z"])
    expect(codes(canary, undefined, now)).toEqual(["frozen"]);
  expect(codes(canary, undefined, "2027-01-05T00:00Z")).toEqual([]);
  expect(codes(canary, undefined, "2026-11-30T19:00Z")).toEqual([]);
  expect(codes(all, "2026-11-01T00:00Z", "2026-11-30T19:00Z")).toEqual(["frozen"]);
  expect(codes(all, "2026-11-01T00:00Z", "2026-11-30T20:00Z")).toEqual([]);
});

test("the next wave is the first with a cluster that does not have the tag", () => {
  const next = (...having: string[]) =>
    nextWave(
      waves!,
      clusters.map((cluster) => ({ cluster, since: having.includes(cluster) ? 1 : undefined })),
    )?.name;
  expect([next(), next("lab"), next("lab", "eu1"), next(...clusters)]).toEqual(["canary", "all", "all", undefined]);
});

test("what is said of each mistake", async () => {
  const wrong = {
    "no waves": "freezes: []\n",
    "an empty list": "waves: []\n",
    "a misspelt key": "waves:\n  - { name: a, cluster: [lab] }\n",
    "a soak without a unit": "waves:\n  - { name: a, clusters: [lab], soak: 24 }\n",
    "a name that is none": "waves:\n  - { name: First Wave, clusters: [lab] }\n",
    "a cluster that is not there": "waves:\n  - { name: a, clusters: [lib] }\n",
    "a cluster in two waves": "waves:\n  - { name: a, clusters: [lab] }\n  - { name: b, clusters: [eu1, lab] }\n",
    "two waves of one name": "waves:\n  - { name: a, clusters: [lab] }\n  - { name: a, clusters: [eu1] }\n",
    "a freeze that ends first":
      "waves:\n  - { name: a, clusters: [lab] }\nfreezes:\n  - { from: '2026-12-20', to: '2026-12-19', reason: x }\n",
    "a freeze of no wave":
      "waves:\n  - { name: a, clusters: [lab] }\nfreezes:\n  - { from: '2026-12-20', to: '2026-12-21', reason: x, waves: [b] }\n",
    "a day that is none":
      "waves:\n  - { name: a, clusters: [lab] }\nfreezes:\n  - { from: Christmas, to: '2026-12-27', reason: x }\n",
    "a day without quotes":
      "waves:\n  - { name: a, clusters: [lab] }\nfreezes:\n  - { from: 2026-12-24, to: '2026-12-27', reason: x }\n",
    "a list at the root": "- a\n",
    "text that is not YAML": "waves: [\n",
  };
  const said = Object.entries(wrong).map(
    ([what, yaml]) => `# ${what}\n${parseWaves(yaml, clusters).issues.map(formatIssue).join("\n")}\n`,
  );
  for (const yaml of Object.values(wrong)) expect(parseWaves(yaml, clusters).value, yaml).toBeUndefined();
  await expect(said.join("\n")).toMatchFileSnapshot(join(import.meta.dirname, "waves.txt"));
});
