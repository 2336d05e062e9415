import type { z } from "zod";
import { isMap } from "../../base/data.ts";
import type { Path } from "../../base/words.ts";
import type { Issue } from "../../issues/issue.ts";

import { zodFindings } from "./zod-to-issues.ts";

/** A value without its mistakes, and the mistakes; data is undefined when too little is left. */
export interface Pruned<T> {
  readonly data: T | undefined;
  readonly findings: readonly Issue[];
}

/**
 * Checks a value. What is wrong is taken out and the rest checked again, so that one mistake does not hide others;
 * `fallback` stands in for what nothing can go on without.
 */
export function parsePruned<S extends z.ZodType>(
  schema: S,
  value: unknown,
  prefix: Path,
  fallback: Readonly<Record<string, unknown>> = {},
): Pruned<z.output<S>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { data: parsed.data, findings: [] };
  const findings = zodFindings(parsed.error, { schema, value, prefix });
  let rest = value;
  let { error } = parsed;
  // A value without a wrong key may lack a required one, and its map must go too: a few rounds reach the root.
  for (let round = 0; round < 5; round++) {
    rest = without(rest, error.issues.flatMap(wrongPaths).map(upToList));
    const again = schema.safeParse(isMap(rest) ? { ...fallback, ...rest } : rest);
    if (again.success) return { data: again.data, findings };
    error = again.error;
  }
  return { data: undefined, findings };
}

/** True when a path is `above`, or leads through it. */
export const isBelow = (path: Path, above: Path): boolean => above.every((key, index) => path[index] === key);

const wrongPaths = (issue: z.core.$ZodIssue): Path[] => {
  const path = issue.path as (string | number)[];
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
};

/** Lists go whole: without one item the places of the others would shift. */
const upToList = (path: Path): Path => {
  const index = path.findIndex((key) => typeof key === "number");
  return index === -1 ? path : path.slice(0, index);
};

/** The value without what stands at these paths, in one pass: a file may have thousands of mistakes. A key that is missing takes its map with it. */
function without(value: unknown, paths: readonly Path[]): unknown {
  if (!isMap(value) || paths.some((path) => path.length === 0)) return {};
  const byKey = Map.groupBy(paths, ([key]) => key);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]) => {
      const inside = byKey.get(key)?.map((path) => path.slice(1));
      if (inside === undefined) return [[key, below]];
      const gone = inside.some(([next, ...rest]) => next === undefined || (rest.length === 0 && lacks(below, next)));
      return gone || !isMap(below) ? [] : [[key, without(below, inside)]];
    }),
  );
}

const lacks = (value: unknown, key: string | number): boolean => !isMap(value) || !Object.hasOwn(value, key);
