import type { z } from "zod";
import { isSecret, type Path, showPath, showValue, suggestion } from "../../base/words.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { formOf } from "../schema/describe.ts";
import { bare, keysOf, type Schema, schemasAt, valueAt } from "../schema/zod-walk.ts";

/** What is checked: a value against its schema, and where in the file the value stands. */
export interface Subject {
  readonly schema: Schema;
  readonly value: unknown;
  /** Path of the value in the file. */
  readonly prefix: Path;
  /** The keys are those of Kubernetes, which `explain` does not know. */
  readonly isForeign?: boolean;
}
export type RawIssue = z.core.$ZodIssue;

/** What a message says of a value: nothing of one that may be a secret. */
export const show = (value: unknown, path: Path): string =>
  isSecret(path) || isKey(value) ? "what is written there (not shown: it may be a password)" : showValue(value);

/** A private age key, which is easily taken for the public one. */
const isKey = (value: unknown): boolean => typeof value === "string" && /AGE-SECRET-KEY/i.test(value);

/** `a list`, `the number 5`, `nothing`: what a value is, for "…, not …". */
export function kindOf(value: unknown, path: Path): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (isSecret(path))
    return typeof value === "string" ? "text" : typeof value === "number" ? "a number" : "true or false";
  if (typeof value === "number") return `the number ${value}`;
  return typeof value === "string" ? `the text ${showValue(value)}` : String(value);
}

/** The way out when a value has the wrong type. */
export function typeHint(actual: unknown, schema: Schema | undefined, path: Path): string {
  if (schema === undefined) return "Remove it.";
  const form = formOf(schema);
  if (actual === null) return `Write ${form}, or remove the key.`;
  const { def, description } = bare(schema);
  // What a number counts stands there, seconds or megabytes; and what the names of a map are.
  const meaning = def.type === "number" || def.type === "record" ? description : undefined;
  const write = [`Write ${form}.`, meaning].filter((part) => part !== undefined).join(" ");
  const fits = (value: unknown): boolean => (schema as z.ZodType).safeParse(value).success;
  const example = (text: string): string =>
    isSecret(path) || !/^[A-Za-z0-9_.-]{1,40}$/.test(String(actual)) ? "" : `: ${text}`;
  if (typeof actual === "number" || typeof actual === "boolean")
    return fits(String(actual)) ? `Put it in quotes${example(`"${String(actual)}"`)}.` : write;
  if (typeof actual !== "string")
    return Array.isArray(actual) && def.type === "record"
      ? 'Write "name: value" on lines of their own, without dashes.'
      : write;
  if (/^(-?(0|[1-9][0-9]*)|true|false)$/.test(actual) && fits(JSON.parse(actual)))
    return `Write it without quotes${example(actual)}.`;
  if (def.type === "array" && fits([actual])) return `Put it in brackets${example(`[${actual}]`)}.`;
  return write;
}

/** A key that nothing reads. */
export function unknownKey(key: string, own: Path, { schema, value, prefix, isForeign }: Subject): Issue {
  const path = [...prefix, ...own];
  const below = valueAt(value, own);
  const known = schemasAt(schema, own, value).flatMap((found) => keysOf(found, below));
  const keys = known.map(([word]) => word);
  const place = showPath(path);
  const deeper = known.filter(([, child]) => keysOf(child).some(([word]) => word === key)).map(([word]) => word);
  const otherwise = isForeign
    ? "Remove it."
    : `Remove it; "${`overstack explain ${place}`.trim()}" shows the keys that there are.`;
  return error(
    "unknown-key",
    `${place || "cluster.yaml"} has no key ${showValue(key)}`,
    deeper.length === 1
      ? `It lies one level deeper: ${deeper[0]}: { ${key}: … }.`
      : suggestion(key, [...new Set(keys)], otherwise),
    { path: [...path, key], atKey: true },
  );
}

/** The way out when a key is missing: what to write, and what it means. */
export function missingHint(own: Path, { schema, value }: Subject): string {
  const [found] = schemasAt(schema, own, value);
  if (found === undefined) return "Add it.";
  const { description } = bare(found);
  return [`Add ${String(own.at(-1))}: ${formOf(found)}.`, description].filter((part) => part !== undefined).join(" ");
}

type Bound = Extract<RawIssue, { code: "too_small" | "too_big" }>;

/** How much there is, of what may be too much or too little. */
export function extent(issue: Bound, actual: unknown): string {
  const length = typeof actual === "string" || Array.isArray(actual) ? actual.length : undefined;
  if (length === 0) return "is empty";
  if (length !== undefined) return `has ${length} ${issue.origin === "string" ? "characters" : "items"}`;
  return `is too ${issue.code === "too_small" ? "small" : "large"}: ${showValue(actual)}`;
}

/** How much there may be, to complete the sentence "It must …". */
export function bound(issue: Bound): string {
  const limit = Number(issue.code === "too_small" ? issue.minimum : issue.maximum);
  const amount = `at ${issue.code === "too_small" ? "least" : "most"} ${limit}`;
  const nouns: Readonly<Record<string, string>> = { string: "character", array: "item" };
  const noun = nouns[issue.origin];
  return noun === undefined ? `be ${amount}` : `have ${amount} ${noun}${limit === 1 ? "" : "s"}`;
}
