import { isDeepStrictEqual } from "node:util";
import { clusterFile, versionsFile } from "../base/layout.ts";
import { placeholderIn } from "../base/placeholder.ts";
import type { Catalogue } from "../contract/component.ts";
import { checkNames } from "../input/rules/root.ts";
import { rootShape } from "../input/schema/root.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Issue } from "../issues/issue.ts";
import type { RecordedState } from "../model/living.ts";
import type { Summary } from "./one-cluster.ts";
import type { Input } from "./read.ts";
import { type Names, namesOf, type Template, takes } from "./templates.ts";

/** What came of a cluster whose names were put into a template. */
export interface Judged {
  readonly spec: ClusterSpec;
  readonly summary: Summary;
  readonly issues: readonly Issue[];
  readonly template: Template;
}

/** The same for a cluster that was not read. */
export interface Found extends Omit<Judged, "spec"> {
  readonly names: Names;
}

type Read = Pick<Input, "name" | "text" | "versions" | "secretFiles">;

/**
 * Clusters that share a template are judged alike, too: where the texts differ in the values of the lines `name:`, `domain:`
 * and `region:` alone, a cluster is neither parsed nor connected again. Only what looks at names is: their schema, and
 * `checkNames`. This saves a quarter of a large fleet's time.
 */
export function alike(catalogue: Catalogue) {
  const seen = new Map<string, Judged>();
  return {
    /** Keeps what came of a cluster, for those that are like it. */
    keep(input: Read, before: RecordedState | undefined, judged: Judged): void {
      const outline = outlineOf(input, before);
      const names = namesOf(judged.spec);
      if (outline === undefined || !isDeepStrictEqual({ ...names, ...outline.names }, names)) return;
      // An issue that names the cluster is its own.
      if (!judged.issues.some((issue) => isAbout(issue, input.name, names))) seen.set(outline.key, judged);
    },

    /** What would come of a cluster, by one that is like it; undefined where none is, or where its names need a look. */
    find(input: Read, before: RecordedState | undefined): Found | undefined {
      const outline = outlineOf(input, before);
      const known = outline === undefined ? undefined : seen.get(outline.key);
      if (outline === undefined || known === undefined) return undefined;
      const { summary, issues, template } = known;
      const names = { ...namesOf(known.spec), ...outline.names };
      const file = clusterFile(input.name);
      if (!areRight(names) || !takes(template, names)) return undefined;
      if (checkNames({ ...known.spec, ...names, file }, catalogue).length > 0) return undefined;
      return {
        names,
        template,
        summary: { ...summary, name: input.name },
        issues: issues.map((issue) => ({
          ...issue,
          file: issue.file === known.spec.file ? file : versionsFile(input.name),
        })),
      };
    },
  };
}

/** A line of the file with one of the names, as people write it; at the start of a line no other text can look like it. */
const nameLine = /^(name|domain|region): ([A-Za-z0-9._-]+)$/gm;

/** What a cluster is judged by, its names apart; undefined where one of them is written twice. */
function outlineOf({ text, versions, secretFiles }: Read, before: RecordedState | undefined) {
  const names: Partial<Record<keyof Names, string>> = {};
  let lines = 0;
  // latin1 maps each byte to one character, so that no two texts become one.
  const rest = Buffer.from(text!)
    .toString("latin1")
    .replace(nameLine, (_, key: keyof Names, value: string) => {
      names[key] = value;
      lines += 1;
      return `${key}: `;
    });
  if (lines !== Object.keys(names).length) return undefined;
  const region = before?.region === names.region ? "the same" : { was: before?.region };
  const others = versions === undefined ? undefined : Buffer.from(versions).toString("latin1");
  return { key: JSON.stringify([rest, others, secretFiles, { ...before, region }]), names };
}

/** True for names that their schema takes, and that nothing else takes for a placeholder. */
const areRight = (names: Names): boolean =>
  (["name", "domain", "region"] as const).every(
    (key) => rootShape[key].safeParse(names[key]).success && placeholderIn(names[key]) === undefined,
  );

function isAbout({ file, ...issue }: Issue, cluster: string, names: Names): boolean {
  const text = JSON.stringify(issue);
  return (
    ![clusterFile(cluster), versionsFile(cluster)].includes(file ?? "") ||
    Object.values(names).some((word) => text.includes(word))
  );
}
