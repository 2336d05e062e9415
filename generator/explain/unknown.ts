import { count, oneOf, showPath, showValue, suggestion } from "../base/words.ts";
import type { Catalogue } from "../contract/component.ts";
import { groups } from "../contract/context.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { typeOf } from "../input/schema/shown-settings.ts";
import { bare, keysOf, type Schema } from "../input/schema/zod-walk.ts";
import { error, type Issue } from "../issues/issue.ts";
import type { Lost } from "./place.ts";
import { keysWith } from "./search.ts";

/** Says that a path leads nowhere, where it ends, and what was probably meant. */
export function unknownPath({ last, word }: Lost, catalogue: Catalogue, cluster?: Cluster): Issue {
  const place = showPath(last.path);
  return error(
    "unknown-path",
    `${place === "" ? "cluster.yaml" : place} has no key ${showValue(word)}`,
    hint(last, word, catalogue, cluster) ?? `Run: overstack explain ${place}`.trim(),
  );
}

function hint(last: Lost["last"], word: string, catalogue: Catalogue, cluster?: Cluster): string | undefined {
  const [group] = last.path;
  const existing = (cluster?.model?.instances ?? []).map(({ name }) => name);
  if (last.path.length <= 1) {
    const owner = catalogue.get(word) ?? catalogue.get(existing.find((name) => name === word) ?? "");
    if (owner !== undefined && owner.group !== group) return `It lies below ${owner.group}: ${owner.group}.${word}.`;
    const deeper = last.schemas.flatMap((schema) => pathsTo(word, schema)).map((path) => [...last.path, ...path]);
    const [first, ...others] = deeper;
    if (first !== undefined) return `It lies deeper: ${showPath(first)}${alike(others.length)}.`;
  }
  const keys = last.schemas.flatMap((schema) => keysOf(schema).map(([key]) => key));
  const names =
    groups.some((name) => name === group) && last.path.length === 1
      ? existing.filter((name) => !catalogue.has(name))
      : [];
  const candidates = [...new Set([...keys, ...names])];
  const form = oneOf([...new Set(last.schemas.flatMap(nameForm))]);
  if (candidates.length > 0)
    return suggestion(word, candidates, "") || (group === undefined ? spoken(last, word, cluster) : undefined);
  if (form !== "") return `A name there must be ${form}.`;
  return `Nothing lies below it: it is ${oneOf([...new Set(last.schemas.map(typeOf))])}.`;
}

const alike = (others: number): string => (others === 0 ? "" : `, and so in ${count(others, "other place")}`);

/** The first of the keys that have to do with a word that is no key at the root. */
function spoken({ schemas }: Lost["last"], word: string, cluster?: Cluster): string | undefined {
  const found = schemas.flatMap((schema) => keysWith(word, schema, cluster));
  if (found.length === 0) return undefined;
  const shown = found.slice(0, 6).join(", ");
  return `Keys that have to do with it: ${shown}${found.length > 6 ? ` and ${found.length - 6} more` : ""}.`;
}

/** The shortest paths to a key below a schema; none when there is none within a few levels. */
function pathsTo(word: string, schema: Schema): string[][] {
  let level: (readonly [path: string[], schema: Schema])[] = [[[], schema]];
  for (let depth = 0; depth < 5; depth++) {
    level = level.flatMap(([path, above]) =>
      keysOf(above).map(([key, below]): [string[], Schema] => [[...path, key], below]),
    );
    const found = level.filter(([path]) => path.at(-1) === word);
    if (found.length > 0) return found.map(([path]) => path);
  }
  return [];
}

/** What the names of a map must be. */
function nameForm(schema: Schema): string[] {
  const { def } = bare(schema);
  if (def.type === "union") return def.options.flatMap(nameForm);
  if (def.type === "array") return ["a number: the first item is [0]"];
  return def.type === "record" ? [typeOf(def.keyType)] : [];
}
