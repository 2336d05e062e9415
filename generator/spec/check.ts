import type { z } from "zod";
import type { Finding } from "./source.ts";
import { oneOf, showPath, showValue, suggestion } from "./words.ts";

type Raw = z.core.$ZodIssue;

/** Zod's issues in our own words: one finding for each mistake, at the deepest place that it can be pinned to. */
export function zodFindings(error: z.ZodError, schema: z.ZodType, value: unknown, prefix: readonly (string | number)[]): Finding[] {
  return error.issues.flatMap((issue) => findingsOf(issue, schema, value, prefix));
}

function findingsOf(issue: Raw, schema: z.ZodType, value: unknown, prefix: readonly (string | number)[]): Finding[] {
  const own = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  const path = [...prefix, ...own];
  const name = showPath(path) || "the file";
  const actual = valueAt(value, own);
  const finding = (code: string, message: string, hint: string): Finding[] => [{ code, path, message, hint }];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key): Finding => ({
        code: "unknown-key", path: [...path, key], atKey: true,
        message: `${path.length === 0 ? "cluster.yaml" : name} has no key "${key}"`,
        hint: suggestion(key, keysAt(schema, own), "Run: overstack explain, for the keys that it has."),
      }));
    case "invalid_type":
      if (actual === undefined) return finding("missing-key", `${name} is missing`, `Add it: ${own.at(-1) === undefined ? "" : `${String(own.at(-1))}: `}${article(issue.expected)}.`);
      return finding("wrong-type", `${name} must be ${article(issue.expected)}, not ${kindOf(actual)}`, issue.expected === "string" && (typeof actual === "number" || typeof actual === "boolean") ? `Put it in quotes: "${String(actual)}".` : `Write ${article(issue.expected)}.`);
    case "invalid_value": {
      const allowed = issue.values.map(String);
      if (actual === undefined) return finding("missing-key", `${name} is missing`, `One of: ${allowed.join(", ")}.`);
      if (typeof actual !== "string") return finding("wrong-type", `${name} must be text, not ${kindOf(actual)}`, `Put it in quotes; one of: ${allowed.join(", ")}.`);
      return finding("unknown-value", `${name} cannot be ${showValue(actual)}`, suggestion(actual, allowed, `One of: ${allowed.join(", ")}.`));
    }
    case "invalid_format":
      return finding("bad-format", `${name} cannot be ${showValue(actual)}`, `It must be ${issue.message.startsWith("Invalid") ? formatName(issue.format) : issue.message}.`);
    case "too_small":
      return finding("out-of-range", `${name} is too ${issue.origin === "string" || issue.origin === "array" ? "short" : "small"}: ${showValue(actual)}`, `At least ${issue.minimum}${unit(issue.origin)}.`);
    case "too_big":
      return finding("out-of-range", `${name} is too ${issue.origin === "string" || issue.origin === "array" ? "long" : "large"}: ${showValue(actual)}`, `At most ${issue.maximum}${unit(issue.origin)}.`);
    case "invalid_key":
      return finding("bad-name", `"${String(own.at(-1))}" cannot be a key of ${showPath(path.slice(0, -1))}`, `It must be ${issue.issues[0]?.message ?? "a valid name"}.`).map((item) => ({ ...item, atKey: true }));
    case "invalid_union":
      return unionFindings(issue, schema, value, prefix, path, name, actual);
    default:
      return finding("bad-value", `${name} cannot be ${showValue(actual)}`, `${issue.message}.`);
  }
}

/** The branch that was meant is the one that fails deepest, or with the fewest mistakes; none of them: say what is allowed. */
function unionFindings(issue: Extract<Raw, { code: "invalid_union" }>, schema: z.ZodType, value: unknown, prefix: readonly (string | number)[], path: readonly (string | number)[], name: string, actual: unknown): Finding[] {
  const own = issue.path as (string | number)[];
  if (actual === undefined) return [{ code: "missing-key", path, message: `${name} is missing`, hint: "Add it; overstack explain says what it can be." }];
  const discriminator = (issue as { discriminator?: string }).discriminator;
  const branches = issue.errors.map((issues) => ({ issues, misfit: issues.some((inner) => inner.path.length === 0 && (inner.code === "invalid_type" || inner.code === "invalid_value")) }));
  const fitting = branches.filter(({ misfit }) => !misfit).sort((a, b) => score(a.issues) - score(b.issues));
  if (discriminator !== undefined && fitting.length === 0) {
    const chosen = (actual as Record<string, unknown>)[discriminator];
    return [{ code: chosen === undefined ? "missing-key" : "unknown-value", path: [...path, discriminator], message: chosen === undefined ? `${name} does not say its ${discriminator}` : `${name}.${discriminator} cannot be ${showValue(chosen)}`, hint: `One of: ${literals(schema, own).join(", ")}.` }];
  }
  const [best] = fitting;
  if (best !== undefined) return best.issues.flatMap((inner) => findingsOf({ ...inner, path: [...own, ...inner.path] } as Raw, schema, value, prefix));
  const words = [...new Set(branches.flatMap(({ issues }) => issues.filter((inner) => inner.path.length === 0).flatMap((inner) => (inner.code === "invalid_type" ? [article(inner.expected)] : inner.code === "invalid_value" ? inner.values.map(String) : []))))];
  return [{ code: typeof actual === "string" ? "unknown-value" : "wrong-type", path, message: `${name} cannot be ${typeof actual === "object" ? kindOf(actual) : showValue(actual)}`, hint: typeof actual === "string" ? suggestion(actual, words, `It must be ${oneOf(words)}.`) : `It must be ${oneOf(words)}.` }];
}
const score = (issues: readonly Raw[]): number => issues.reduce((sum, inner) => sum + (inner.code === "unrecognized_keys" ? 3 : 2) - Math.min(1, inner.path.length), 0);

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((node, key) => (node !== null && typeof node === "object" ? (node as Record<string | number, unknown>)[key] : undefined), value);
}

/** The schema below a path: through maps, records, lists and wrappers. */
export function schemasAt(schema: unknown, path: readonly (string | number)[]): unknown[] {
  const def = (schema as { _zod?: { def: Record<string, unknown> } })?._zod?.def;
  if (def === undefined) return [];
  if ("innerType" in def) return schemasAt(def.innerType, path);
  if (Array.isArray(def.options)) return def.options.flatMap((option) => schemasAt(option, path));
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  if (def.type === "object") return schemasAt((def.shape as Record<string, unknown>)[key], rest);
  if (def.type === "record") return schemasAt(def.valueType, rest);
  if (def.type === "array") return schemasAt(def.element, rest);
  return [];
}

const keysAt = (schema: z.ZodType, path: readonly (string | number)[]): string[] =>
  [...new Set(schemasAt(schema, path).flatMap((found) => Object.keys((found as { shape?: object }).shape ?? {})))];

const literals = (schema: z.ZodType, path: readonly (string | number)[]): string[] =>
  schemasAt(schema, path).flatMap((found) => Object.values((found as { shape?: Record<string, { values?: Set<unknown> }> }).shape ?? {}).flatMap((field) => [...(field.values ?? [])].map(String)));

const article = (expected: string): string => ({ string: "text", number: "a number", int: "a whole number", boolean: "true or false", object: "a map", record: "a map", array: "a list" })[expected] ?? expected;
const kindOf = (value: unknown): string => (value === null ? "nothing" : Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : typeof value === "string" ? `the text ${showValue(value)}` : typeof value === "number" ? `the number ${value}` : String(value));
const unit = (origin: string): string => ({ string: " characters", array: " items", set: " items" })[origin] ?? "";
const formatName = (format: string): string => ({ url: "a URL: https://name.example.org", datetime: "a time: 2026-11-23T12:00:00Z" })[format] ?? `of the form ${format}`;
