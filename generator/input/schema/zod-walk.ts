import type { z } from "zod";
import type { Path } from "../../base/words.ts";

/** Any schema. */
export type Schema = z.core.$ZodType;
export type Def = z.core.$ZodTypes["_zod"]["def"];

/** A schema without what wraps it, and what the wrappers said. */
export interface Bare {
  readonly schema: Schema;
  readonly def: Def;
  readonly description: string | undefined;
  readonly default: unknown;
  /** True when the key may be left out. */
  readonly optional: boolean;
}

/** Takes off optional, nullable and default; the outermost description counts. */
export function bare(schema: Schema): Bare {
  const def = defOf(schema);
  const description = (schema as z.ZodType).description;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault": {
      const inner = bare(def.innerType);
      const own = def.type === "default" || def.type === "prefault" ? def.defaultValue : undefined;
      return { ...inner, description: description ?? inner.description, default: own ?? inner.default, optional: true };
    }
    default:
      return { schema, def, description, default: undefined, optional: false };
  }
}

/** Schemas that may stand at a path below a schema; several where alternatives share a key. A value settles which alternative was meant. */
export function schemasAt(schema: Schema, path: Path, value?: unknown): Schema[] {
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  const { def } = bare(schema);
  if (def.type === "union") return alternatives(def, value).flatMap((option) => schemasAt(option, path, value));
  const below = childOf(def, key);
  return below === undefined ? [] : schemasAt(below, rest, valueAt(value, [key]));
}

/** Keys that are written below a schema, with their own schemas; a map of free names has none. */
export function keysOf(schema: Schema, value?: unknown): [string, Schema][] {
  const { def } = bare(schema);
  if (def.type === "object") return Object.entries(def.shape as Record<string, Schema>);
  if (def.type === "record") return namesOf(def.keyType).map((name) => [name, def.valueType]);
  if (def.type === "union") return alternatives(def, value).flatMap((option) => keysOf(option, value));
  return [];
}

/** Values that a schema lists one by one. */
export function namesOf(schema: Schema): string[] {
  const { def } = bare(schema);
  if (def.type === "enum") return Object.values(def.entries).map(String);
  if (def.type === "literal") return def.values.map(String);
  if (def.type === "union") return def.options.flatMap(namesOf);
  return [];
}

/** What stands at a path of plain data. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (node, key) =>
      node !== null && typeof node === "object" && Object.hasOwn(node, key)
        ? (node as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );

const defOf = (schema: Schema): Def => (schema as z.core.$ZodTypes)._zod.def;

function childOf(def: Def, key: string | number): Schema | undefined {
  if (def.type === "object")
    return Object.hasOwn(def.shape, key) ? (def.shape as Record<string, Schema>)[key] : undefined;
  if (def.type === "record") return def.valueType;
  return def.type === "array" && /^\d+$/.test(String(key)) ? def.element : undefined;
}

/** The options of a union. When a key tells them apart (`type: rbd`), the one that the value names. */
function alternatives(def: z.core.$ZodUnionDef, value: unknown): readonly Schema[] {
  const { discriminator } = def as z.core.$ZodUnionDef & { discriminator?: string };
  if (discriminator === undefined) return def.options;
  const word = valueAt(value, [discriminator]);
  const chosen = def.options.filter((option) =>
    keysOf(option).some(([key, schema]) => key === discriminator && namesOf(schema).includes(String(word))),
  );
  return chosen.length > 0 ? chosen : def.options;
}
