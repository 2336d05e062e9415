import { bare, keysOf, type Schema } from "../../generator/input/schema/zod-walk.ts";

/**
 * Paths of keys that a schema knows and none of the values has; nothing is said of what lies below an unused key. What stands at two places is
 * one: a key that is used at either is used.
 */
export function unusedKeys(schema: Schema, values: readonly unknown[]): string[] {
  const all = keysIn(schema, values, "");
  const used = new Map<unknown, Set<string>>();
  for (const { of, key, isUsed } of all) if (isUsed) used.set(of, (used.get(of) ?? new Set()).add(key));
  return all.flatMap(({ of, key, path }) => (used.get(of)?.has(key) ? [] : [path]));
}

/** A key of a map. */
interface Key {
  /** The map, which may stand at several places. */
  readonly of: unknown;
  readonly key: string;
  readonly path: string;
  readonly isUsed: boolean;
}

function keysIn(schema: Schema, values: readonly unknown[], path: string): Key[] {
  const { def } = bare(schema);
  const maps = values.filter((value): value is Record<string, unknown> => typeof value === "object" && value !== null);
  const items = maps.flatMap((map) => Object.values(map));
  switch (def.type) {
    case "array":
      return keysIn(def.element, items, path);
    case "record":
      return keysIn(def.valueType, items, path);
    case "union":
      return def.options.flatMap((option) =>
        keysIn(
          option,
          maps.filter((map) => isOf(option, map)),
          path,
        ),
      );
    case "object":
      return keysOf(schema).flatMap(([key, inner]) => {
        const at = path === "" ? key : `${path}.${key}`;
        const used = maps.filter((map) => key in map).map((map) => map[key]);
        const own: Key = { of: def, key, path: at, isUsed: used.length > 0 };
        return used.length === 0 ? [own] : [own, ...keysIn(inner, used, at)];
      });
    default:
      return [];
  }
}

/** A map has all keys that an alternative asks for. */
const isOf = (option: Schema, map: object): boolean =>
  keysOf(option).every(([key, schema]) => key in map || bare(schema).optional);
