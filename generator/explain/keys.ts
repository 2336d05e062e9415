import { showValue } from "../base/words.ts";
import type { Catalogue } from "../contract/component.ts";
import type { Ini } from "../contract/configuration.ts";
import { groups } from "../contract/context.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { meaningOf, typeOf } from "../input/schema/shown-settings.ts";
import { bare, keysOf, type Schema, valueAt } from "../input/schema/zod-walk.ts";
import { generatedConfig } from "./effective.ts";
import { instanceOf, namesIn, type Place } from "./place.ts";

/** A key below an explained one. */
export interface Key {
  readonly name: string;
  readonly meaning: string;
  readonly type: string;
  readonly required: boolean;
}
interface Setting {
  readonly catalogue: Catalogue;
  readonly cluster: Cluster | undefined;
  readonly settings: unknown;
}

/** The keys below a place: those of the schema, the names that are in use, and `<name>` where any name may stand. */
export function keysBelow(place: Place, { catalogue, cluster, settings }: Setting): Key[] {
  const [group] = place.path;
  if (place.path.length === 1 && groups.some((word) => word === group))
    return instances(String(group), catalogue, cluster);
  const value = valueAt(settings, place.path);
  const keys = place.schemas.flatMap((schema) =>
    keysOf(schema, value).map(([name, below]) => keyOf(name, below, bare(schema).def.type !== "record")),
  );
  const free = place.schemas.flatMap(recordsOf);
  const names = free.length === 0 ? [] : [...namesIn(value), ...configNames(place, cluster)];
  const entries = free.flatMap((schema) => [
    ...[...new Set(names)].map((name) => ({
      ...keyOf(name, schema, false),
      meaning: entryMeaning(place, name, cluster, value),
    })),
    { ...keyOf("<name>", schema, false), meaning: "Any name." },
  ]);
  return merged([...keys, ...entries]);
}

const keyOf = (name: string, schema: Schema, isListed: boolean): Key => ({
  name,
  meaning: meaningOf(schema),
  type: typeOf(schema),
  required: isListed && !bare(schema).optional,
});

/** The same key of several alternatives: one entry. */
function merged(keys: readonly Key[]): Key[] {
  return [...new Set(keys.map(({ name }) => name))].map((name) => {
    const same = keys.filter((key) => key.name === name);
    const join = (texts: readonly string[], glue: string) => [...new Set(texts)].join(glue);
    return {
      name,
      meaning: join(
        same.map(({ meaning }) => meaning),
        " Or: ",
      ),
      type: join(
        same.map(({ type }) => type),
        " or ",
      ),
      required: same.every(({ required }) => required),
    };
  });
}

/** Instances of the cluster, then components that it has none of. */
function instances(group: string, catalogue: Catalogue, cluster: Cluster | undefined): Key[] {
  const present = (cluster?.model?.instances ?? []).filter(({ component }) => component.group === group);
  const type = "a map";
  return [
    ...present.map(({ name, component, origin }) => ({
      name,
      type,
      required: false,
      meaning: `${component.summary} Here: ${origin}.`,
    })),
    ...[...catalogue.values()]
      .filter((component) => component.group === group && !present.some((instance) => instance.component === component))
      .map(({ name, summary }) => ({ name, type, required: false, meaning: summary })),
  ];
}

/** Schemas of the entries of maps with free names, among the alternatives of a schema. */
export function recordsOf(schema: Schema): Schema[] {
  const { def } = bare(schema);
  if (def.type === "union") return def.options.flatMap(recordsOf);
  return def.type === "record" && keysOf(schema).length === 0 ? [def.valueType] : [];
}

/** Files of configuration, their groups and options, as generated. */
function configNames(place: Place, cluster: Cluster | undefined): string[] {
  const found = configAt(place, cluster);
  return found === undefined || typeof found === "string" ? [] : Object.keys(found);
}

function configAt(place: Place, cluster: Cluster | undefined): string | Ini | Ini[string] | undefined {
  const at = instanceOf(place);
  const instance = cluster?.model?.instances.find(({ name }) => name === at?.name);
  if (at?.setting[0] !== "config" || instance === undefined) return undefined;
  return valueAt(generatedConfig(instance, cluster!.model!), at.setting.slice(1)) as Ini | undefined;
}

function entryMeaning(place: Place, name: string, cluster: Cluster | undefined, value: unknown): string {
  const written = valueAt(value, [name]);
  const shown = written ?? valueAt(configAt(place, cluster), [name]);
  const word = written === undefined ? "Generated" : "Written here";
  const isWhole = (typeof shown === "object" && !Array.isArray(shown)) || /\n/.test(String(shown));
  return isWhole ? `${word}.` : `${word}: ${showValue(shown)}.`;
}
