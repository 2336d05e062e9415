import { bare, keysOf, type Schema } from "../../generator/input/schema/zod-walk.ts";

/** Paths of keys that a schema knows and none of the values has; nothing is said of what lies below an unused key. */
export function unusedKeys(schema: Schema, values: readonly unknown[], path = ""): string[] {
  const { def } = bare(schema);
  const maps = values.filter((value): value is Record<string, unknown> => typeof value === "object" && value !== null);
  const items = maps.flatMap((map) => Object.values(map));
  switch (def.type) {
    case "array":
      return unusedKeys(def.element, items, path);
    case "record":
      return unusedKeys(def.valueType, items, path);
    case "union":
      return def.options.flatMap((option) =>
        unusedKeys(
          option,
          maps.filter((map) => isOf(option, map)),
          path,
        ),
      );
    case "object":
      return keysOf(schema).flatMap(([key, inner]) => {
        const at = path === "" ? key : `${path}.${key}`;
        const used = maps.filter((map) => key in map).map((map) => map[key]);
        return used.length === 0 ? [at] : unusedKeys(inner, used, at);
      });
    default:
      return [];
  }
}

/** A map has all keys that an alternative asks for. */
const isOf = (option: Schema, map: object): boolean =>
  keysOf(option).every(([key, schema]) => key in map || bare(schema).optional);
