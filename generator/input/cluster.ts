import type { z } from "zod";
import type { Path } from "../base/words.ts";
import type { Catalogue } from "../contract/component.ts";
import type { Issue } from "../issues/issue.ts";
import { parseInstances } from "./instances.ts";
import { isBelow, parsePruned } from "./mistakes/parse-without-mistakes.ts";
import { type WrittenInstance, withReleases } from "./releases.ts";
import { withNewNames } from "./renamed-keys.ts";
import { checkCluster } from "./rules/all.ts";
import { checkPlaceholders } from "./rules/placeholders.ts";
import { rootSchema } from "./schema/whole.ts";
import type { ClusterSpec } from "./spec.ts";
import { readYaml } from "./yaml/parse.ts";
import { located, type Source } from "./yaml/positions.ts";

/** One cluster.yaml as far as it could be understood. */
export interface Parsed {
  /** Undefined when one of the issues is an error. */
  readonly spec: ClusterSpec | undefined;
  readonly source: Source;
  /** In the order of the file. */
  readonly issues: readonly Issue[];
  /** The same without its mistakes, to look for further ones; undefined when those would be guesses. */
  readonly draft: ClusterSpec | undefined;
  /** True when what is found wrong with this path of the draft may be a consequence of a mistake that was taken out. */
  readonly mayFollowFrom: (path: Path) => boolean;
}

/** Reads and checks one cluster.yaml; every mistake is reported at once, and where it stands. */
export function parseCluster(file: string, text: string | Uint8Array, catalogue: Catalogue): Parsed {
  const reading = readYaml(file, text);
  const { source } = reading;
  if (reading.value === undefined)
    return { spec: undefined, source, issues: reading.issues, draft: undefined, mayFollowFrom: () => true };
  const directory = file.split("/").at(-2) ?? "cluster";
  const { data, issues: oldNames } = withNewNames(reading.value);
  const parsed = parsePruned(rootSchema, data, [], placeholders(directory));
  const { instances, findings } = parseInstances(data, catalogue);
  const mistakes = [...parsed.findings.map((finding) => belongsBelow(finding, catalogue)), ...findings];
  const draft = parsed.data === undefined ? undefined : specOf(parsed.data, file, instances, catalogue);
  const rules = [
    ...(draft === undefined ? [] : checkCluster(draft, source, catalogue)),
    ...checkPlaceholders(reading.value),
  ];
  const said = [...oldNames, ...mistakes, ...rules.filter((rule) => !isConsequence(rule, mistakes))];
  const issues = [
    ...reading.issues,
    ...said.filter(({ path = [] }) => !reading.refused(path)).map((finding) => located(source, finding)),
  ].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  const wrong = [...mistakes, ...reading.issues].map(({ path }) => path ?? []).filter((path) => path.length > 0);
  return {
    spec: issues.some(({ severity }) => severity === "error") ? undefined : draft,
    source,
    issues,
    draft: wrong.some(([key]) => keysThatChangeEverything.includes(key!)) ? undefined : draft,
    mayFollowFrom: (path) => wrong.some((mistake) => isBelow(path, mistake) || isBelow(mistake, path)),
  };
}

/** Keys that decide what is right for every instance. */
const keysThatChangeEverything: readonly (string | number)[] = ["profile", "namespaces", "kubernetes"];

function specOf(
  data: z.output<typeof rootSchema>,
  file: string,
  instances: readonly WrittenInstance[],
  catalogue: Catalogue,
): ClusterSpec {
  const { infrastructure: _, services: __, nodes: ___, ...rest } = data;
  return { ...rest, file, instances: withReleases(instances, rest.release, catalogue) };
}

/** Values with which the rules go on when the root of the file is wrong; no rule says anything about them. */
const placeholders = (directory: string) => ({
  name: directory,
  domain: "placeholder.invalid",
  delivery: { repository: "https://placeholder.invalid/" },
});

/** True of a rule that speaks of a value that was taken out, or of an absence that may be a misspelling. */
const isConsequence = ({ path = [], dependsOn = [] }: Issue, wrong: readonly Issue[]): boolean =>
  wrong.some(({ path: mistake = [] }) => isBelow(path, mistake) || dependsOn.some((above) => isBelow(mistake, above)));

/** A component at the root of the file is a common slip: say where it belongs. */
function belongsBelow(finding: Issue, catalogue: Catalogue): Issue {
  const { code, path = [] } = finding;
  const component = code === "unknown-key" && path.length === 1 ? catalogue.get(String(path[0])) : undefined;
  return component === undefined ? finding : { ...finding, hint: `Move it below ${component.group}:.` };
}
