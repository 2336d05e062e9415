import { oneOf } from "../base/words.ts";
import type { OptionType } from "./known.ts";

/**
 * What a value must be, where oslo.config would refuse this one: "a whole number from 0 to 5"; undefined where it takes the
 * value. It says nothing of a value with `$`, which stands for another option, and takes some hosts and URIs that oslo.config
 * does not: https://opendev.org/openstack/oslo.config/src/branch/master/oslo_config/types.py
 */
export const refusalOf = (option: OptionType, text: string): string | undefined =>
  text.includes("$") || isTaken(option, unquoted(text.trim())) ? undefined : wordsFor(option);

/** What an option takes, in words: "a whole number from 0 to 5", "one of basic or cadf". */
export function wordsFor(option: OptionType): string {
  const { type, min, max, choices, pattern, longest, schemes, bounds, of } = option;
  const items = of === undefined ? "" : `, each ${wordsFor(of)}`;
  switch (type) {
    case "boolean":
      return "true or false";
    case "integer":
    case "number":
      return choices === undefined
        ? `a ${type === "integer" ? "whole number" : "number"}${between(min, max)}`
        : oneOf(choices);
    case "text":
      if (choices !== undefined) return oneOf(choices.map((choice) => (choice === "" ? '""' : choice)));
      return `text${pattern === undefined ? "" : ` like ${pattern}`}${longest === undefined ? "" : ` of at most ${longest} characters`}`;
    case "list":
      return bounds
        ? `values between [ and ], with commas between them${items}`
        : `values with commas between them${items}`;
    case "map":
      return bounds ? `pairs key:value between { and }${items}` : `pairs key:value with commas between them${items}`;
    case "uri":
      return `a URL${schemes === undefined ? "" : ` that begins with ${oneOf(schemes.map((scheme) => `${scheme}://`))}`}`;
    case "host":
      return "the name or the address of a host";
    case "address":
      return "an IP address";
    case "range":
      return "a range of whole numbers: 1-5";
    case "any":
      return "a value";
  }
}

function between(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? "" : `, at most ${max}`;
}

/** The parser of ini files takes a pair of quotes off a value. */
const unquoted = (text: string): string => (/^(["']).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text);

function isTaken(option: OptionType, text: string): boolean {
  switch (option.type) {
    case "boolean":
      return /^(true|1|on|yes|false|0|off|no)$/i.test(text);
    case "integer":
      return text.trim() === "" || (/^[+-]?\d+(_\d+)*$/.test(text.trim()) && isNumber(option, Number(digits(text))));
    case "number":
      return text.trim() === "" || (isFloat(digits(text)) && isNumber(option, floatOf(digits(text))));
    case "text":
      return isText(option, text);
    case "list":
      return isList(option, text);
    case "map":
      return isMap(option, text);
    case "uri":
      return isUri(option, text);
    case "host":
      return text !== "" && !/[\s/@]/.test(text);
    case "address":
      return /^\d+\.\d+\.\d+\.\d+$/.test(text) || text.includes(":");
    case "range":
      return /^(0|-?[1-9]\d*)(-(0|-?[1-9]\d*))?$/.test(text);
    case "any":
      return true;
  }
}

const digits = (text: string): string => text.trim().replaceAll(/(?<=\d)_(?=\d)/g, "");

const isFloat = (text: string): boolean => /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)$/i.test(text);

const floatOf = (text: string): number =>
  /inf/i.test(text) ? (text.startsWith("-") ? -Infinity : Infinity) : /nan/i.test(text) ? Number.NaN : Number(text);

/** Not a number is neither less nor more than any. */
const isNumber = ({ min, max, choices }: OptionType, value: number): boolean =>
  choices === undefined
    ? !(min !== undefined && value < min) && !(max !== undefined && value > max)
    : choices.some((choice) => Number(choice) === value);

function isText({ choices, pattern, anyCase, longest, quotes }: OptionType, text: string): boolean {
  if (quotes && /^["']/.test(text) && (text.length === 1 || !text.endsWith(text[0]!))) return false;
  const bare = quotes && /^["']/.test(text) ? text.slice(1, -1) : text;
  if (longest !== undefined && [...bare].length > longest) return false;
  if (pattern !== undefined && !new RegExp(pattern, anyCase ? "iu" : "u").test(bare)) return false;
  const same = (a: string): boolean => (anyCase ? a.toLowerCase() === bare.toLowerCase() : a === bare);
  return choices === undefined || choices.some(same);
}

/** An item that is refused may hold a comma itself: oslo.config tries it together with the next ones. */
function allTaken(items: readonly string[], isOne: (item: string) => boolean): boolean {
  for (let from = 0; from < items.length; ) {
    let to = from + 1;
    while (!isOne(items.slice(from, to).join(",").trim())) if (to++ === items.length) return false;
    from = to;
  }
  return true;
}

function isList({ bounds, least = 0, of = { type: "text" } }: OptionType, text: string): boolean {
  const inner = withoutBounds(text.trim().replace(/,+$/, ""), bounds, "[", "]");
  if (inner === undefined) return false;
  if (inner === "") return least === 0;
  return allTaken(inner.split(","), (item) => isTaken(of, item));
}

function isMap({ bounds, least = 0, of = { type: "text" } }: OptionType, text: string): boolean {
  const inner = withoutBounds(text.trim(), bounds, "{", "}");
  if (inner === undefined) return false;
  if (inner === "") return least === 0;
  return allTaken(inner.split(","), (pair) => {
    const colon = pair.indexOf(":");
    return colon >= 0 && isTaken(of, pair.slice(colon + 1).trim());
  });
}

function withoutBounds(text: string, bounds: true | undefined, first: string, last: string): string | undefined {
  if (!bounds) return text;
  return text.startsWith(first) && text.endsWith(last) ? text.slice(1, -1) : undefined;
}

function isUri({ schemes, longest }: OptionType, text: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[^/?#]/i.exec(text)?.[1];
  if (scheme === undefined || (longest !== undefined && text.length > longest)) return false;
  return schemes === undefined || schemes.includes(scheme.toLowerCase());
}
