import { z } from "zod";
import { wavesFile } from "../base/layout.ts";
import { duplicates, type Path, suggestion } from "../base/words.ts";
import { name } from "../contract/formats.ts";
import { type Checked, error, hasErrors, type Issue } from "../issues/issue.ts";
import { parsePruned } from "./mistakes/parse-without-mistakes.ts";
import { readYaml } from "./yaml/parse.ts";
import { located } from "./yaml/positions.ts";

const day = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/, "a day or a time in UTC: 2026-12-20 or 2026-12-20T18:00Z");

const schema = z.strictObject({
  waves: z
    .array(
      z.strictObject({
        name: name.describe("Of the wave."),
        clusters: z.array(name).min(1).describe("Clusters that are moved together."),
        soak: z
          .string()
          .regex(/^[0-9]+(m|h|d)$/, "a time: 30m, 24h, 3d")
          .default("0h")
          .describe("How long its clusters hold a tag before the next wave is moved to it."),
        labels: z.array(z.string().min(1)).default([]).describe("Labels of the pull request that moves it."),
      }),
    )
    .min(1)
    .describe("In their order."),
  freezes: z
    .array(
      z.strictObject({
        from: day.describe("The first day, or a time."),
        to: day.describe("The last day, or a time."),
        reason: z.string().min(1).describe("What is said to whoever is refused."),
        waves: z.array(name).optional().describe("Waves that are held. Default: all."),
      }),
    )
    .default([])
    .describe("Times in which no wave is moved."),
});

/** Clusters that are moved to another tag together, and when the next ones may follow. */
export type Waves = z.output<typeof schema>;
export type Wave = Waves["waves"][number];

/** Reads and checks the file; `clusters` are those of the fleet. */
export function parseWaves(text: string | Uint8Array, clusters: readonly string[]): Checked<Waves> {
  const { value, source, issues: unread } = readYaml(wavesFile, text);
  if (value === undefined) return { value: undefined, issues: unread.map(inWaves) };
  const { data, findings } = parsePruned(schema, value, []);
  const rules = data === undefined || findings.length > 0 ? [] : rulesOf(data, clusters);
  const issues = [...unread, ...[...findings, ...rules].map((finding) => located(source, inWaves(finding)))];
  return { value: hasErrors(issues) ? undefined : data, issues };
}

/** The words for mistakes are made for cluster.yaml; the root of this file has another name, and another first key. */
const inWaves = (issue: Issue): Issue => ({
  ...issue,
  message: issue.message.replace(/^cluster\.yaml\b/, wavesFile),
  ...(issue.code === "root-not-map" ? { hint: "Begin with: waves:, at the start of its line." } : {}),
});

function rulesOf({ waves, freezes }: Waves, clusters: readonly string[]): Issue[] {
  const names = waves.map((wave) => wave.name);
  const members = waves.flatMap((wave, index) =>
    wave.clusters.map((cluster, at) => ({ cluster, path: ["waves", index, "clusters", at] as Path })),
  );
  return [
    ...duplicates(names).map(({ word, index }) => repeated(`the wave ${word}`, ["waves", index, "name"])),
    ...duplicates(members.map(({ cluster }) => cluster)).map(({ word, index }) =>
      repeated(`the cluster ${word}`, members[index]!.path),
    ),
    ...members
      .filter(({ cluster }) => !clusters.includes(cluster))
      .map(({ cluster, path }) =>
        error("no-cluster", `there is no cluster ${cluster}`, suggestion(cluster, clusters, "Take it out."), { path }),
      ),
    ...freezes.flatMap(({ from, to, waves: held = [] }, index) => [
      ...(endOf(to) > startOf(from) ? [] : [backwards(["freezes", index, "to"])]),
      ...held.flatMap((wave, at) =>
        names.includes(wave) ? [] : [unknownWave(wave, names, ["freezes", index, "waves", at])],
      ),
    ]),
  ];
}

const repeated = (what: string, path: Path): Issue =>
  error("duplicate", `${what} is there twice`, "Each wave has a name of its own, and a cluster is in one wave.", {
    path,
  });

const backwards = (path: Path): Issue =>
  error("min-above-max", "the freeze ends before it begins", "Write the earlier day at from.", { path });

/** A name that is not one of the waves. */
export const unknownWave = (wave: string, names: readonly string[], path?: Path): Issue =>
  error(
    "unknown-wave",
    `there is no wave ${JSON.stringify(wave)}`,
    suggestion(wave, names, `The waves are: ${names.join(", ")}.`),
    path === undefined ? { file: wavesFile } : { path },
  );

/** Milliseconds of a day's first moment, or of a time. */
export const startOf = (text: string): number => Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text);

/** Milliseconds behind a day's last moment, or of a time. */
export const endOf = (text: string): number => startOf(text) + (text.length === 10 ? 86_400_000 : 0);

/** Milliseconds of `30m`, `24h`, `3d`. */
export const lengthOf = (soak: string): number =>
  Number.parseInt(soak, 10) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[soak.at(-1) as "m" | "h" | "d"];
