import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Catalogue } from "../../generator/contract/component.ts";
import { buildFrom, type Cluster, recordedStateOf } from "../../generator/fleet/one-cluster.ts";
import { formatIssue, type Issue } from "../../generator/issues/issue.ts";
import type { RecordedState } from "../../generator/model/living.ts";
import { library } from "../laws/library.ts";

// What the tests of cluster.yaml share: the cases on disk, and what an operator is told about each.

/** The one cluster that all cases describe. */
export const file = "clusters/eu1/cluster.yaml";

/** The example cluster of this repository. */
export const validCluster = readFileSync(file);

/** A cluster from the text of its cluster.yaml. */
export const build = (text: string | Uint8Array, before?: RecordedState): Cluster =>
  buildFrom({ name: "eu1", text, library, before });

/** The same with components of the test's own. */
export const buildWith = (components: Catalogue, text: string): Cluster =>
  buildFrom({ name: "eu1", text, catalogue: components });

/** What the next run would know of a cluster, as it is written to the inventory and read again. */
export function remembered(text: string | Uint8Array): RecordedState {
  const model = build(text).model!;
  const facts = JSON.parse(JSON.stringify(recordedStateOf(model))) as RecordedState;
  return { ...facts, engine: model.spec.delivery.engine };
}

/** What is printed. */
export const printed = (issues: readonly Issue[]): string => issues.map((issue) => `${formatIssue(issue)}\n`).join("");

/** Files next to each other in a folder of cases: `<name>.yaml`, and what it must give in `<name>.txt`. */
export interface Case {
  readonly name: string;
  readonly yaml: Uint8Array;
  /** Absolute, for `toMatchFileSnapshot`. */
  readonly expected: string;
  readonly hasExpected: boolean;
}

/**
 * The cases of a folder. A new one needs an empty .txt before `vitest -u` fills it: a text that nobody asked for is
 * never written.
 */
export const casesIn = (folder: string): Case[] =>
  readdirSync(join(import.meta.dirname, folder))
    .filter((name) => name.endsWith(".yaml") && !name.endsWith(".before.yaml"))
    .sort()
    .map((yaml) => {
      const name = yaml.slice(0, -".yaml".length);
      const expected = join(import.meta.dirname, folder, `${name}.txt`);
      return { name, yaml: read(folder, yaml), expected, hasExpected: existsSync(expected) };
    });

/** Texts without a case. */
export const orphansIn = (folder: string): string[] => {
  const files = readdirSync(join(import.meta.dirname, folder));
  return files.filter((name) => name.endsWith(".txt") && !files.includes(name.replace(/txt$/, "yaml")));
};

/** The bytes of a file next to the tests. */
export const read = (...path: string[]): Uint8Array => readFileSync(join(import.meta.dirname, ...path));
