import { placeholderIn } from "../../base/placeholder.ts";
import { type Path, showPath } from "../../base/words.ts";
import { error, type Issue } from "../../issues/issue.ts";

/** Text, in keys and in values, that the generator would take for a placeholder of its own. */
export function checkPlaceholders(value: unknown, path: Path = []): Issue[] {
  if (typeof value === "string") return refusal(value, showPath(path), { path });
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => checkPlaceholders(item, [...path, index]));
  return Object.entries(value).flatMap(([key, item]) => {
    const below = [...path, key];
    return [
      ...refusal(key, `the key ${showPath(below)}`, { path: below, atKey: true }),
      ...checkPlaceholders(item, below),
    ];
  });
}

function refusal(text: string, what: string, where: { readonly path: Path; readonly atKey?: true }): Issue[] {
  const word = placeholderIn(text);
  if (word === undefined) return [];
  const message = `${what} holds ${JSON.stringify(word)}, which stands for another value in generated files`;
  return [error("placeholder", message, "Write another word: this text would be replaced or left out.", where)];
}
