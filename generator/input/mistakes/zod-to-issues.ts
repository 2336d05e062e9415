import type { z } from "zod";
import { isMap } from "../../base/data.ts";
import { deliveryUrl } from "../../base/remote.ts";
import { allOf, oneOf, type Path, showPath, showValue, suggestion } from "../../base/words.ts";
import { error, type Issue, type IssueCode } from "../../issues/issue.ts";
import { formOf } from "../schema/describe.ts";
import { bare, schemasAt, valueAt } from "../schema/zod-walk.ts";

import {
  bound,
  extent,
  kindOf,
  missingHint,
  type RawIssue,
  type Subject,
  show,
  typeHint,
  unknownKey,
} from "./phrases.ts";
import { mixture, narrow } from "./unions.ts";

/** Zod's issues in our own words: one finding for each place, the deepest that a mistake can be pinned to. */
export function zodFindings(error: z.ZodError, subject: Subject): Issue[] {
  const byPlace = new Map<string, Issue>();
  for (const finding of error.issues.flatMap((issue) => findingsOf(issue, subject))) {
    const place = JSON.stringify(finding.path);
    if (!byPlace.has(place)) byPlace.set(place, finding);
  }
  return [...byPlace.values()];
}

function findingsOf(issue: RawIssue, subject: Subject): readonly Issue[] {
  const own = issue.path as (string | number)[];
  const path = [...subject.prefix, ...own];
  const actual = valueAt(subject.value, own);
  const schema = schemasAt(subject.schema, own, subject.value)[0];
  const form = schema === undefined ? "something else" : formOf(schema);
  const name = showPath(path) || "cluster.yaml";
  const say = (code: IssueCode, message: string, hint: string): Issue[] => [error(code, message, hint, { path })];
  switch (issue.code) {
    case "unrecognized_keys": {
      const mixed = mixture(own, subject);
      return mixed === undefined ? issue.keys.map((key) => unknownKey(key, own, subject)) : [mixed];
    }
    case "invalid_type":
    case "invalid_value": {
      if (actual === undefined) return say("missing-key", `${name} is missing`, missingHint(own, subject));
      const words = issue.code === "invalid_value" ? issue.values.map(String) : [];
      if (words.length > 0 && typeof actual === "string")
        return say(
          "unknown-value",
          `${name} cannot be ${show(actual, path)}`,
          suggestion(actual, words, `It must be ${form}.`),
        );
      return say(
        "wrong-type",
        `${name} must be ${typeOf(issue)}, not ${kindOf(actual, path)}`,
        typeHint(actual, schema, path),
      );
    }
    case "too_small":
    case "too_big":
      return say("out-of-range", `${name} ${extent(issue, actual)}`, `It must ${bound(issue)}.`);
    case "invalid_key":
      return [unfitKey(issue, own, subject)];
    case "invalid_union": {
      const narrowed = narrow(issue, subject);
      return "findings" in narrowed
        ? narrowed.findings
        : narrowed.issues.flatMap((inner) => findingsOf(inner, subject));
    }
    default:
      return say(
        "bad-format",
        `${name} cannot be ${subject.isForeign && isMap(actual) ? mapOf(actual) : show(actual, path)}`,
        longForm(actual, form) ?? `It must be ${form}.`,
      );
  }
}

/** The way out where Git's short form of an address stands in place of a URL of a repository. */
function longForm(actual: unknown, form: string): string | undefined {
  const url = typeof actual === "string" && form.includes("ssh://") ? deliveryUrl(actual) : undefined;
  return url === undefined ? undefined : `Write ${url}.`;
}

/** A map by its keys: a value in it may be a password. */
const mapOf = (actual: object): string => {
  const keys = Object.keys(actual).sort();
  return keys.length === 0 ? "an empty map" : `a map with ${allOf(keys.map((key) => showValue(key)))}`;
};

const types: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map",
  record: "a map",
  array: "a list",
};

function typeOf(issue: Extract<RawIssue, { code: "invalid_type" | "invalid_value" }>): string {
  if (issue.code === "invalid_type") return types[issue.expected] ?? issue.expected;
  return issue.values.every((value) => typeof value === "string") ? "text" : oneOf(issue.values.map(String));
}

/** A key that is not a valid name, in a map of free names. */
function unfitKey(
  issue: Extract<RawIssue, { code: "invalid_key" }>,
  own: Path,
  { schema, value, prefix }: Subject,
): Issue {
  const path = [...prefix, ...own];
  const key = String(path.at(-1));
  const map = showPath(path.slice(0, -1));
  const finding = (message: string, hint: string): Issue => error("bad-name", message, hint, { path, atKey: true });
  const [inner] = issue.issues;
  if (inner?.code === "too_big")
    return finding(
      `the key ${showValue(key)} in ${map} has ${key.length} characters`,
      `It must have at most ${inner.maximum} characters.`,
    );
  const def = schemasAt(schema, own.slice(0, -1), value)
    .map((found) => bare(found).def)
    .find(({ type }) => type === "record");
  return finding(
    `${showValue(key)} cannot be a key of ${map}`,
    `It must be ${def?.type === "record" ? formOf(def.keyType) : "a name"}.`,
  );
}
