import { z } from "zod";
import type { Path } from "../base/words.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import { type Group, groups } from "../contract/context.ts";
import { componentOf } from "../input/instances.ts";
import { meaningOf, shownSettings } from "../input/schema/shown-settings.ts";
import { rootSchema } from "../input/schema/whole.ts";
import { bare, type Schema, schemasAt, valueAt } from "../input/schema/zod-walk.ts";

/** A place in cluster.yaml, as a path leads to it. */
export interface Place {
  readonly path: Path;
  /** What may stand there; several where alternatives share a key. */
  readonly schemas: readonly Schema[];
  /** The map or list that it lies in; undefined at the root. */
  readonly above: Place | undefined;
  /** The key must be written where its map is. */
  readonly required: boolean;
}

/** Where a path leads nowhere: the last place that exists, and the word that does not lie in it. */
export interface Lost {
  readonly last: Place;
  readonly word: string;
}

/** A place below an instance: whose it is, and the path below the instance. */
export interface InstancePlace {
  readonly group: Group;
  readonly name: string;
  readonly setting: Path;
}

/** The instance that a place belongs to. */
export function instanceOf({ path: [group, name, ...setting] }: Place): InstancePlace | undefined {
  const found = groups.find((word) => word === group);
  return found === undefined || typeof name !== "string" ? undefined : { group: found, name, setting };
}

/** Schema of a whole cluster.yaml with these instances in it. */
export function wholeSchema(instances: ReadonlyMap<string, Component>): z.ZodObject {
  const map = (group: Group) =>
    z
      .strictObject(
        Object.fromEntries(
          [...instances]
            .filter(([, component]) => component.group === group)
            .map(([name, component]) => [name, shownSettings(component).optional().describe(component.summary)]),
        ),
      )
      .optional()
      .describe(meaningOf(rootSchema.shape[group]));
  return rootSchema.extend(Object.fromEntries(groups.map((group) => [group, map(group)])));
}

/** Instances that a path can speak of: one of each component, those of the cluster, and one that does not exist yet. */
export function knownInstances(
  words: readonly string[],
  catalogue: Catalogue,
  existing: ReadonlyMap<string, Component>,
): Map<string, Component> {
  const [group, name = ""] = words;
  const further = groups.some((word) => word === group) ? componentOf(name, catalogue) : undefined;
  return new Map([...(further === undefined ? [] : [[name, further] as const]), ...catalogue, ...existing]);
}

/**
 * Follows words from the root. Names may hold the dots that paths are split at (`config.glance-api.conf.DEFAULT`), so words
 * are put together again: first to a name that the value or `known` has, the longest first, and then to any that fits.
 */
export function follow(
  words: readonly string[],
  root: z.ZodObject,
  value: unknown,
  known: (place: Place) => readonly string[],
): Place | Lost {
  const start: Place = { path: [], schemas: [root], above: undefined, required: true };
  return descend(start, words, value, known);
}

type Known = (place: Place) => readonly string[];

function descend(place: Place, words: readonly string[], value: unknown, known: Known): Place | Lost {
  const [word] = words;
  if (word === undefined) return place;
  const names = [...namesIn(value), ...known(place)];
  let lost: Lost = { last: place, word };
  for (const length of splits(words, names)) {
    const key = words.slice(0, length).join(".");
    const below = step(place, key, value);
    if (below === undefined) continue;
    const found = descend(below, words.slice(length), valueAt(value, [key]), known);
    if (!("last" in found)) return found;
    if (found.last.path.length > lost.last.path.length) lost = found;
  }
  return lost;
}

/** How many words may make up the next name, the most likely number first. */
function splits(words: readonly string[], names: readonly string[]): number[] {
  const all = words.map((_, index) => index + 1);
  const isKnown = (length: number) => names.includes(words.slice(0, length).join("."));
  return [...all.filter(isKnown).reverse(), ...all.filter((length) => !isKnown(length))];
}

function step(place: Place, key: string, value: unknown): Place | undefined {
  const schemas = place.schemas.flatMap((schema) => below(schema, key, value));
  if (schemas.length === 0) return undefined;
  const inList = place.schemas.some((schema) => bare(schema).def.type === "array");
  return {
    path: [...place.path, inList ? Number(key) : key],
    schemas,
    above: place,
    required: place.schemas.some((schema) => requires(schema, key)) && schemas.every((item) => !bare(item).optional),
  };
}

/** True of a map, and of an alternative, that lists the key. */
function requires(schema: Schema, key: string): boolean {
  const { def } = bare(schema);
  if (def.type === "union") return def.options.some((option) => requires(option, key));
  return def.type === "object" && Object.hasOwn(def.shape, key);
}

/** Schemas of one key. Unlike a message, which speaks of what is written, a question may name what cannot be there. */
function below(schema: Schema, key: string, value: unknown): Schema[] {
  const { def } = bare(schema);
  if (def.type === "unknown") return [schema];
  if (def.type === "union" && !("discriminator" in def))
    return def.options.flatMap((option) => below(option, key, value));
  if (def.type === "record" && !isPlaceholder(key) && !(def.keyType as z.ZodType).safeParse(key).success) return [];
  const found = schemasAt(schema, [key], value);
  return found.length === 0 && def.type === "object" && def.catchall !== undefined
    ? below(def.catchall, key, value)
    : found;
}

/** `<name>` stands for any name. */
const isPlaceholder = (key: string | number): boolean => /^<.+>$/.test(String(key));

/** Keys of a map that is written; none of anything else. */
export const namesIn = (value: unknown): string[] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
