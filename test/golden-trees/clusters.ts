import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { groups } from "../../generator/contract/context.ts";
import { componentOf } from "../../generator/input/instances.ts";
import { type Settings, samples } from "../laws/samples.ts";

/** Where golden trees and their inputs lie. */
export const golden = join(import.meta.dirname, "../golden");

/** The cluster that has the examples of all components; the rest of it is written in a file of its own. */
export const everyDial = "every-dial";

/** Golden clusters by name, with the text of their cluster.yaml. */
export const goldenClusters = (): ReadonlyMap<string, string> =>
  new Map(
    globSync("clusters/*/cluster.yaml", { cwd: golden })
      .sort()
      .map((file) => [basename(dirname(file)), readFileSync(join(golden, file), "utf8")]),
  );

/** cluster.yaml of the cluster with all examples. */
export function everyDialText(): string {
  const root = parse(readFileSync(join(golden, `${everyDial}.yaml`), "utf8")) as Settings;
  const all = [...samples.values()].flatMap(({ example }) => Object.entries(example));
  const sections = Map.groupBy(
    all.sort(([a], [b]) => (a < b ? -1 : 1)),
    ([name, { component }]) => groupOf(name, component),
  );
  const instances = Object.fromEntries(
    groups.flatMap((group) => (sections.has(group) ? [[group, Object.fromEntries(sections.get(group)!)]] : [])),
  );
  const cluster = { name: everyDial, ...instances, ...root };
  const header = `# Written by npm run golden: the examples in test/components, and test/golden/${everyDial}.yaml.\n`;
  return header + stringify(cluster, { aliasDuplicateObjects: false, compat: "yaml-1.1", lineWidth: 120 });
}

const groupOf = (instance: string, component: unknown): string | undefined =>
  (typeof component === "string" ? catalogue.get(component) : componentOf(instance, catalogue))?.group;
