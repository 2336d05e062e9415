import { Document } from "yaml";

/** Words like `no` and `1_000` are quoted, because Kustomize and kubectl read YAML 1.1. Nothing is aliased. */
export const documentOf = (value: unknown): Document =>
  new Document(value, { aliasDuplicateObjects: false, compat: "yaml-1.1" });

/** The text of a document, whose lines are never folded. */
export const textOf = (document: Document): string => document.toString({ lineWidth: 0 });

/**
 * A value in block style, byte for byte as `yaml` writes it. Maps, lists and the texts that most fields have are written here; for
 * all else `yaml` is asked. It takes ten times as long: it makes a node of each value, and tries two dozen patterns on each text.
 * `indent` stands before each further line.
 */
export function blockStyle(value: unknown, indent = ""): string {
  if (typeof value === "string") return text(value, indent) ?? byLibrary(value, indent);
  if (value === null || typeof value === "boolean" || isCount(value)) return String(value);
  if (Array.isArray(value)) return list(value, indent);
  return isOrdinary(value) ? map(Object.entries(value), indent) : byLibrary(value, indent);
}

/** A text whose form is plain to see. */
function text(value: string, indent: string): string | undefined {
  if (plain.test(value)) return value;
  if (quoted.test(value)) return `"${value}"`;
  return indent !== "" && value.includes("\n") && lines.test(value) ? literal(value, indent) : undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && !Object.is(value, -0);

const list = (items: readonly unknown[], indent: string): string =>
  items.map((item) => `- ${blockStyle(item ?? null, `${indent}  `)}`).join(`\n${indent}`) || "[]";

const map = (entries: readonly (readonly [string, unknown])[], indent: string): string =>
  entries
    .map(([key, value]) => `${key}:${isFilled(value) ? `\n${indent}  ` : " "}${blockStyle(value, `${indent}  `)}`)
    .join(`\n${indent}`) || "{}";

/** A map whose keys need no quotes. Longer keys have a form of their own, and what is undefined has no line. */
const isOrdinary = (value: unknown): value is object =>
  typeof value === "object" &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.entries(value as object).every(([key, item]) => item !== undefined && key.length <= 128 && plain.test(key));

/** What begins on a line of its own. */
const isFilled = (value: unknown): value is object =>
  Array.isArray(value)
    ? value.length > 0
    : typeof value === "object" && value !== null && Object.values(value).some((item) => item !== undefined);

/**
 * Texts without quotes: no word of YAML or YAML 1.1, and at the beginning a letter, an argument's dashes, the way to another folder,
 * an address or a number with its unit.
 */
const plain = new RegExp(
  [
    "^(?!(?:null|true|false|yes|no|on|off|y|n)$)",
    "(?:[a-z_/$]|--?[a-z]|\\.\\./|\\d+(?:\\.\\d+){3}|\\d+(?:[dhms]|[kmgt]i))",
    "(?:[\\w./$()=+,;@{}'\"*&|<>!?%~^[\\]\\\\-]|:(?=\\S)| (?=[^#\\s:]))*$",
  ].join(""),
  "i",
);

/** Texts with quotes: empty ones, numbers, and what begins like something else than a text. */
const quoted = /^(?:-?\d+|true|false|[%*&!@[{>|#,`][\w ./:;=+*%()[\]{}-]*)?$/;

/** Lines of which the first and the last begin and end with neither white space nor what cannot be seen. */
const lines = /^[^\s\p{C}][\P{C}\n]*[^\s\p{C}]\n?$/u;

const literal = (text: string, indent: string): string => {
  const body = text.replace(/\n$/, "");
  return `|${body === text ? "-" : ""}\n${indent}${body.replaceAll(/\n+/g, `$&${indent}`)}`;
};

/** As deep as the value stands: that decides on the indentation of its further lines. */
function byLibrary(value: unknown, indent: string): string {
  const maps = Array.from({ length: indent.length / 2 }, (_, depth) => `${"  ".repeat(depth)}k:`);
  const nested = maps.reduce<unknown>((inner) => ({ k: inner }), value);
  const text = textOf(documentOf(nested)).replace(/\n$/, "");
  return text.slice(maps.join("\n").length).replace(/^[ \n]+/, "");
}
