import { oneOf, showPath, showValue, suggestion } from "../base/words.ts";
import type { Catalogue } from "../contract/component.ts";
import { groups } from "../contract/context.ts";
import { typeOf } from "../input/schema/shown-settings.ts";
import { bare, keysOf, type Schema } from "../input/schema/zod-walk.ts";
import { error, type Issue } from "../issues/issue.ts";
import type { Lost } from "./place.ts";

/** Says that a path leads nowhere, where it ends, and what was probably meant. */
export function unknownPath({ last, word }: Lost, catalogue: Catalogue, existing: readonly string[]): Issue {
  const place = showPath(last.path);
  return error(
    "unknown-path",
    `${place === "" ? "cluster.yaml" : place} has no key ${showValue(word)}`,
    hint(last, word, catalogue, existing) ?? `Run: overstack explain ${place}`.trim(),
  );
}

function hint(last: Lost["last"], word: string, catalogue: Catalogue, existing: readonly string[]): string | undefined {
  const [group] = last.path;
  if (last.path.length <= 1) {
    const owner = catalogue.get(word) ?? catalogue.get(existing.find((name) => name === word) ?? "");
    if (owner !== undefined && owner.group !== group) return `It lies below ${owner.group}: ${owner.group}.${word}.`;
    const deeper = last.schemas.flatMap((schema) => pathTo(word, schema) ?? []);
    if (deeper.length > 0) return `It lies deeper: ${showPath([...last.path, ...deeper])}.`;
  }
  const keys = last.schemas.flatMap((schema) => keysOf(schema).map(([key]) => key));
  const names =
    groups.some((name) => name === group) && last.path.length === 1
      ? existing.filter((name) => !catalogue.has(name))
      : [];
  const candidates = [...new Set([...keys, ...names])];
  const form = oneOf([...new Set(last.schemas.flatMap(nameForm))]);
  if (candidates.length > 0) return suggestion(word, candidates, "") || undefined;
  if (form !== "") return `A name there must be ${form}.`;
  return `Nothing lies below it: it is ${oneOf([...new Set(last.schemas.map(typeOf))])}.`;
}

/** The shortest path to a key below a schema; undefined when there is none within a few levels. */
function pathTo(word: string, schema: Schema): string[] | undefined {
  let level: (readonly [path: string[], schema: Schema])[] = [[[], schema]];
  for (let depth = 0; depth < 5; depth++) {
    level = level.flatMap(([path, above]) =>
      keysOf(above).map(([key, below]): [string[], Schema] => [[...path, key], below]),
    );
    const found = level.find(([path]) => path.at(-1) === word);
    if (found !== undefined) return found[0];
  }
  return undefined;
}

/** What the names of a map must be. */
function nameForm(schema: Schema): string[] {
  const { def } = bare(schema);
  if (def.type === "union") return def.options.flatMap(nameForm);
  if (def.type === "array") return ["a number: the first item is [0]"];
  return def.type === "record" ? [typeOf(def.keyType)] : [];
}
