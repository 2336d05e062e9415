import { duplicates, type Path, showPath, showValue } from "../../base/words.ts";
import type { Finding } from "../yaml/positions.ts";

/** The same text twice in a list. */
export function* twice(
  path: Path,
  words: readonly string[] | undefined,
  key?: string,
  shown = (word: string) => word,
): Iterable<Finding> {
  for (const { word, index } of duplicates(words ?? []))
    yield {
      code: "duplicate",
      path: [...path, index, ...(key === undefined ? [] : [key])],
      message: `${showPath(path)} has ${showValue(shown(word))} twice`,
      hint: "Keep one of them.",
    };
}
