import { isMap, isScalar, type Pair, type Scalar } from "yaml";
import type { Issue } from "../issues/issue.ts";

/** Where an offset of the text lies; empty for an unknown one. */
export type At = (offset: number | undefined) => Pick<Issue, "line" | "column">;

/** An entry of a map whose key is text. */
export type Entry = Pair<Scalar<string>, unknown>;

/** The entry of a map by its key, or undefined when there is no such entry or no map. */
export const entryOf = (map: unknown, key: string): Entry | undefined =>
  isMap(map) ? (map.items as Entry[]).find((entry) => isScalar(entry.key) && entry.key.value === key) : undefined;

/** The value of an entry as it is written, for any scalar; undefined for maps, lists and absent entries. */
export function textOf(map: unknown, key: string): string | undefined {
  const value = entryOf(map, key)?.value;
  return isScalar(value) && typeof value.value === "string" ? value.value : undefined;
}

/** First offset of a node, where the parser gave it one. */
export const offsetOf = (node: unknown): number | undefined => (node as { range?: [number] } | undefined)?.range?.[0];
