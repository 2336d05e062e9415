import { duplicates, type Path, showPath, showValue } from "../../base/words.ts";
import { error, type Issue } from "../../issues/issue.ts";

/** The same text twice in a list. */
export function* twice(
  path: Path,
  words: readonly string[] | undefined,
  key?: string,
  shown = (word: string) => word,
): Iterable<Issue> {
  for (const { word, index } of duplicates(words ?? []))
    yield error("duplicate", `${showPath(path)} has ${showValue(shown(word))} twice`, "Keep one of them.", {
      path: [...path, index, ...(key === undefined ? [] : [key])],
    });
}
