import type { z } from "zod";
import { zodFindings } from "./check.ts";
import type { Finding } from "./source.ts";
import type { Path } from "./words.ts";

/** A value without its mistakes, and the mistakes; data is undefined when too little is left. */
export interface Pruned<T> {
  readonly data: T | undefined;
  readonly findings: readonly Finding[];
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
    rest = error.issues.flatMap(wrongPaths).reduce(without, rest);
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

/** Lists go whole: without one item the places of the others would shift. A key that is missing takes its map with it. */
function without(value: unknown, path: Path): unknown {
  const index = path.findIndex((key) => typeof key === "number");
  const [key, ...rest] = index === -1 ? path : path.slice(0, index);
  if (key === undefined || !isMap(value)) return {};
  if (!Object.hasOwn(value, key)) return value;
  const { [key]: below, ...others } = value;
  if (rest.length === 0 || !isMap(below)) return others;
  const missing = rest.length === 1 && !Object.hasOwn(below, rest[0]!);
  return missing ? others : { ...others, [key]: without(below, rest) };
}

const isMap = (value: unknown): value is Record<string | number, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
