import { isMap } from "../../base/data.ts";
import { allOf, nearest, oneOf, type Path, showPath, suggestion } from "../../base/words.ts";
import { error, type Issue, type IssueCode } from "../../issues/issue.ts";
import { formOf } from "../schema/describe.ts";
import { bare, keysOf, namesOf, type Schema, schemasAt, valueAt } from "../schema/zod-walk.ts";

import { kindOf, missingHint, type RawIssue, type Subject, show, typeHint, unknownKey } from "./phrases.ts";

type UnionIssue = Extract<RawIssue, { code: "invalid_union" }>;

/** Either what to say of the whole value, or the mistakes inside the alternative that was meant. */
export type Narrowed = { readonly findings: readonly Issue[] } | { readonly issues: readonly RawIssue[] };

/** A value that fits none of several alternatives: which of them was meant? */
export function narrow(issue: UnionIssue, subject: Subject): Narrowed {
  const own = issue.path as (string | number)[];
  const actual = valueAt(subject.value, own);
  if ("discriminator" in issue && issue.discriminator !== undefined) return { findings: [undecided(own, subject)] };
  const [union] = schemasAt(subject.schema, own, subject.value);
  const options = union === undefined ? [] : optionsOf(union);
  if (isMap(actual) && mapsAmong(options).length > 1) return narrowMaps(issue, subject, options, actual);
  const meant = issue.errors.filter((issues) => !issues.some(isMisfit)).sort((a, b) => a.length - b.length)[0];
  if (meant !== undefined) return { issues: below(meant, own) };

  const path = [...subject.prefix, ...own];
  const name = showPath(path);
  const finding = (code: IssueCode, message: string, hint: string): Narrowed => ({
    findings: [error(code, message, hint, { path })],
  });
  if (actual === undefined) return finding("missing-key", `${name} is missing`, missingHint(own, subject));
  const hint = typeHint(actual, union, path);
  if (typeof actual !== "string") return finding("wrong-type", `${name} cannot be ${kindOf(actual, path)}`, hint);
  const near = nearest(actual, options.flatMap(namesOf));
  return finding(
    "unknown-value",
    `${name} cannot be ${show(actual, path)}`,
    near === undefined || union === undefined
      ? hint
      : `Did you mean ${JSON.stringify(near)}? It must be ${formOf(union)}.`,
  );
}

/** Keys of several alternatives in one map, when that is what is wrong with it. */
export function mixture(own: Path, subject: Subject): Issue | undefined {
  const actual = valueAt(subject.value, own);
  const [union] = schemasAt(subject.schema, own, subject.value);
  // Alternatives that one key tells apart share that key; what is wrong then is a key of the alternative not chosen.
  const ways = union === undefined ? [] : [...new Set(mapsAmong(optionsOf(union)).map(firstKey))];
  const written = isMap(actual) ? ways.filter((key) => Object.hasOwn(actual, key)) : [];
  const path = [...subject.prefix, ...own];
  return written.length < 2
    ? undefined
    : error(
        "conflicting-keys",
        `${showPath(path)} has ${allOf(written)} together`,
        `Keep one of them: ${oneOf(written)}.`,
        {
          path,
        },
      );
}

/** Alternatives that are all maps are told apart by their keys: `tag` or `commit`. */
function narrowMaps(
  issue: UnionIssue,
  subject: Subject,
  options: readonly Schema[],
  actual: Readonly<Record<string, unknown>>,
): Narrowed {
  const own = issue.path as (string | number)[];
  const path = [...subject.prefix, ...own];
  const mixed = mixture(own, subject);
  if (mixed !== undefined) return { findings: [mixed] };
  const written = Object.keys(actual);
  const maps = mapsAmong(options);
  const meant = maps.find((map) => keysOf(map).some(([key]) => written.includes(key)));
  const errors = meant === undefined ? undefined : issue.errors[options.indexOf(meant)];
  if (errors !== undefined) return { issues: below(errors, own) };
  if (written.length > 0) return { findings: written.map((key) => unknownKey(key, own, subject)) };
  const hint = `Write ${oneOf(maps.map(firstKey))} below it.`;
  return { findings: [error("missing-key", `${showPath(path)} is empty`, hint, { path })] };
}

/** A map that does not say which alternative it is, or says it wrongly; the path leads to the key that tells. */
function undecided(own: Path, { schema, value, prefix }: Subject): Issue {
  const path = [...prefix, ...own];
  const key = own.at(-1);
  const word = valueAt(value, own);
  const words = schemasAt(schema, own.slice(0, -1), value)
    .flatMap((union) => keysOf(union))
    .flatMap(([name, below]) => (name === key ? namesOf(below) : []));
  const one = oneOf(words);
  if (word === undefined)
    return error("missing-key", `${showPath(path)} is missing`, `Add ${String(key)}: ${one}.`, { path });
  return error(
    "unknown-value",
    `${showPath(path)} cannot be ${show(word, path)}`,
    suggestion(String(word), words, `It must be ${one}.`),
    { path },
  );
}

const below = (issues: readonly RawIssue[], own: Path): RawIssue[] =>
  issues.map((inner) => ({ ...inner, path: [...own, ...inner.path] }));

/** The whole value has another type than this alternative. */
const isMisfit = (issue: RawIssue): boolean =>
  issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");

function optionsOf(schema: Schema): readonly Schema[] {
  const { def } = bare(schema);
  return def.type === "union" ? def.options : [];
}

const mapsAmong = (options: readonly Schema[]): Schema[] =>
  options.filter((option) => bare(option).def.type === "object");
const firstKey = (map: Schema): string => keysOf(map)[0]![0];
