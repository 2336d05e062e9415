import { z } from "zod";
import { byName } from "../../base/data.ts";
import type { Catalogue, Component } from "../../contract/component.ts";
import { type Group, groups } from "../../contract/context.ts";
import { commonShape, nodeShape, serviceShape } from "./instance.ts";
import { meaningOf, shownSettings } from "./shown-settings.ts";
import { rootSchema } from "./whole.ts";
import { keysOf, type Schema } from "./zod-walk.ts";

type Json = Record<string, unknown>;
const sharedSettings: Readonly<Record<string, z.ZodType>> = { ...commonShape, ...serviceShape, ...nodeShape };

/**
 * The JSON Schema of cluster.yaml, for editors. Draft 7, the newest that yaml-language-server knows; what schemas cannot
 * say (names that must exist, quorums) `generate` says.
 */
export function jsonSchema(catalogue: Catalogue): Json {
  const components = [...catalogue.values()].sort(byName);
  const shared = Object.entries(sharedSettings).filter(([key, schema]) =>
    components.some((component) => shownSettings(component).shape[key] === schema),
  );
  const whole = convert({
    root: rootSchema,
    ...Object.fromEntries(shared.map(([key, schema]) => [`setting-${key}`, schema])),
    ...Object.fromEntries(components.map((component) => [`instance-${component.name}`, ownSettings(component)])),
  });
  const { properties, description: _, ...root } = whole.root as { properties: Json; description?: unknown };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "cluster.yaml of Overstack",
    ...root,
    properties: {
      ...properties,
      ...Object.fromEntries(groups.map((group) => [group, instances(group, components)])),
    },
    definitions: {
      ...Object.fromEntries(
        shared.map(([key, schema]) => [
          `setting-${key}`,
          { description: meaningOf(schema), ...whole[`setting-${key}`] },
        ]),
      ),
      ...Object.fromEntries(
        components.map((component) => {
          const key = `instance-${component.name}`;
          return [key, settings(component, whole[key]!)];
        }),
      ),
    },
  };
}

/** The map of a group's instances. Editors complete `properties` and ignore patterns, so that both are there. */
function instances(group: Group, components: readonly Component[]): Json {
  const own = components.filter((component) => component.group === group);
  return {
    description: meaningOf(rootSchema.shape[group]),
    type: ["object", "null"],
    properties: Object.fromEntries(own.map(({ name }) => [name, instanceOr(name, components)])),
    patternProperties: Object.fromEntries(
      own.map(({ name }) => [furtherInstances(name, components), instanceOr(name, components)]),
    ),
    propertyNames: { maxLength: 40 },
    additionalProperties: false,
  };
}

const instance = (component: string): Json => ({ $ref: `#/definitions/instance-${component}` });

/** Names of a component's further instances, and of no other component: `nova-two`, and not `nova-cell-two`. */
function furtherInstances(name: string, components: readonly Component[]): string {
  const longer = components.map((other) => other.name).filter((other) => other.startsWith(`${name}-`));
  const exclusion = longer.length === 0 ? "" : `(?!(?:${longer.join("|")})(?:-|$))`;
  return `^${exclusion}${name}-[a-z0-9-]*[a-z0-9]$`;
}

/** Where a name could mean two components, `component:` decides. */
function instanceOr(name: string, components: readonly Component[]): Json {
  const shorter = components.map((other) => other.name).filter((other) => name.startsWith(`${other}-`));
  const { summary } = components.find((component) => component.name === name)!;
  return shorter.reduce<Json>(
    (otherwise, other) => ({
      // An editor that shows what a key means does not look into a condition.
      description: summary,
      if: { type: "object", properties: { component: { const: other } }, required: ["component"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so.
      then: instance(other),
      else: otherwise,
    }),
    instance(name),
  );
}

/** True of a setting that is the same for all components. */
const isShared = (key: string, shape: Readonly<Record<string, Schema>>): boolean => shape[key] === sharedSettings[key];

/** Settings that only this component has in this form. */
function ownSettings(component: Component): z.ZodType {
  const { shape } = shownSettings(component);
  return z.strictObject(Object.fromEntries(Object.entries(shape).filter(([key]) => !isShared(key, shape))));
}

/** Settings of one component; those that all components share are referred to, or the file would be many times as long. */
function settings(component: Component, own: Json): Json {
  const { shape } = shownSettings(component);
  const keys = Object.keys(shape);
  const { properties, description: _, ...rest } = own as { properties: Json; description?: unknown };
  return {
    description: component.summary,
    ...rest,
    type: ["object", "null"],
    properties: Object.fromEntries(
      keys.map((key) => [
        key,
        isShared(key, shape)
          ? { $ref: `#/definitions/setting-${key}` }
          : withShared(key, shape[key]!, properties[key] as Json),
      ]),
    ),
  };
}

/** A setting that a component has more keys in than others (`uses`): those that all have are referred to. */
function withShared(key: string, own: Schema, json: Json): Json {
  const shared = new Map(sharedSettings[key] === undefined ? [] : keysOf(sharedSettings[key]));
  const common = keysOf(own).filter(([name, schema]) => shared.get(name) === schema);
  if (common.length === 0) return json;
  const refs = common.map(([name]) => [name, { $ref: `#/definitions/setting-${key}/properties/${name}` }]);
  return { ...json, properties: { ...(json.properties as object), ...Object.fromEntries(refs) } };
}

/** All at once, because what they share is converted once. */
function convert(schemas: Readonly<Record<string, z.ZodType>>): Record<string, Json> {
  const { properties } = z.toJSONSchema(z.strictObject(schemas), {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => tidy(zodSchema, jsonSchema as Json),
  });
  return properties as Record<string, Json>;
}

/** Takes out what says nothing, and gives editors the sentences that our own messages have. */
function tidy(schema: Schema, json: Json): void {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "object")
    for (const [key, below] of Object.entries(def.shape as Record<string, Schema>)) {
      const property = (json.properties as Record<string, Json>)[key]!;
      property.description ??= meaningOf(below);
    }
  if (def.type === "record" && Object.keys(json.propertyNames as Json).join() === "type") delete json.propertyNames;
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
  const text = json.pattern === undefined ? undefined : patternText(def as z.core.$ZodStringDef);
  if (text !== undefined) json.patternErrorMessage = `It must be ${text}.`;
}

/** The text that a pattern was declared with: yaml-language-server prints it in place of the expression. */
function patternText({ checks = [] }: z.core.$ZodStringDef): string | undefined {
  for (const check of checks) {
    const error = check._zod.def.error?.({} as never);
    const text = typeof error === "string" ? error : error?.message;
    if (text !== undefined) return text;
  }
  return undefined;
}
