import { type Document, isMap, LineCounter, type ParsedNode, parseDocument, type YAMLError } from "yaml";
import { error, type Issue, type Where } from "../../issues/issue.ts";
import { textOf } from "./encoding.ts";
import { type Position, placeId, type Source, sourceOf } from "./positions.ts";
import { misfits, syntaxIssue, tooDeep } from "./syntax-messages.ts";
import { plain } from "./to-data.ts";

/** A file as data, with the place of everything in it. `value` is undefined when nothing could be made of it. */
export interface Reading {
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly source: Source;
  readonly issues: readonly Issue[];
  /** True for a path that an issue was already raised for, itself or above it: a second message would only confuse. */
  readonly refused: (path: readonly (string | number)[]) => boolean;
}

/**
 * Reads one YAML 1.2 document whose root is a map. A byte order mark at the beginning is skipped: editors of some
 * systems write it unasked, and it changes nothing.
 */
export function readYaml(file: string, input: string | Uint8Array): Reading {
  const { value: text, issues: unreadable } = textOf(input, file);
  if (text === undefined) return nothing(file, unreadable);
  const counter = new LineCounter();
  const document = documentOf(text, counter);
  if (document === undefined) return nothing(file, [tooDeep({ file, path: [], line: 1, column: 1 })]);
  const at: At = (offset) => {
    const { line, col } = counter.linePos(offset);
    return { file, path: [], line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const surplus = document.errors.find(({ code }) => code === "MULTIPLE_DOCS");
  const general = [...directives(document, text, at), ...(surplus === undefined ? [] : [secondDocument(surplus, at)])];
  const errors = document.errors.filter((each) => each !== surplus);
  if (errors.length > 0) return nothing(file, [...syntaxIssues(document, errors, text, at), ...general]);
  const root = document.contents;
  if (root === null || (!isMap(root) && isBlank(text))) return nothing(file, [emptyFile(at), ...general]);
  const reading = dataOf(root, file, at);
  const issues = [...general, ...reading.issues];
  return isMap(root)
    ? { ...reading, issues }
    : { ...reading, value: undefined, issues: [...issues, rootNotMap(root, reading.value, at)] };
}

/** Place in the file of an offset into its text. */
type At = (offset: number) => Where & Position;

const nothing = (file: string, issues: readonly Issue[]): Reading => ({
  value: undefined,
  source: sourceOf(file, new Map()),
  issues,
  refused: () => false,
});

/** A document without syntax errors as data. */
function dataOf(root: ParsedNode, file: string, at: At): Reading {
  const { value, places, issues } = plain(root, at);
  const ids = new Set(issues.map(({ path }) => placeId(path)));
  return {
    value: value as Record<string, unknown>,
    source: sourceOf(file, places),
    issues: issues.filter(isFirstAlias()),
    refused: (path) => path.some((_, index) => ids.has(placeId(path.slice(0, index + 1)))),
  };
}

const directives = (document: Document.Parsed, text: string, at: At): Issue[] =>
  document.directives.yaml.explicit === true || text.startsWith("%")
    ? [
        error(
          "directive",
          "a % directive is refused",
          "Remove the line: the file is read as YAML 1.2, whatever it says.",
          at(text.indexOf("%")),
        ),
      ]
    : [];

const secondDocument = ({ pos }: YAMLError, at: At): Issue =>
  error(
    "several-documents",
    "a second document begins here",
    "Keep one cluster in a file: remove the line --- and what follows it.",
    at(pos[0]),
  );

/** True of a text with nothing but comments and document markers. */
const isBlank = (text: string): boolean => text.replace(/^\s*(#.*|---.*)?$/gm, "").trim() === "";

const emptyFile = (at: At): Issue =>
  error(
    "empty-file",
    "the file says nothing about a cluster",
    'Write at least name, domain and delivery; "overstack new cluster NAME" writes a commented file.',
    at(0),
  );

const rootNotMap = (root: ParsedNode, value: unknown, at: At): Issue =>
  error(
    "root-not-map",
    `the file is ${Array.isArray(value) ? "a list" : "a single value"}, not a map of keys`,
    "Begin with: name: <cluster>, every key at the start of its own line.",
    at(root.range[0]),
  );

/** An alias is mostly used many times, and one message says it all. */
function isFirstAlias(): (issue: Issue) => boolean {
  const seen = new Set<string>();
  return ({ code, message }) => {
    const again = code === "alias" && seen.has(message);
    seen.add(message);
    return !again;
  };
}

/** Keys are compared in to-data.ts: the library's own comparison takes quadratic time. */
const options = {
  version: "1.2",
  schema: "core",
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error",
} as const;

/** Undefined when the library's parser ran out of stack: it limits the depth of most nesting, but not of all. */
function documentOf(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { ...options, lineCounter });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** One per line: what follows on the same line is mostly a consequence. */
function syntaxIssues(document: Document, errors: readonly YAMLError[], text: string, at: At): Issue[] {
  const lines = text.split("\n");
  const byLine = new Map<number, Issue>();
  for (const each of misfits(document, errors, text)) {
    const place = at(each.offset);
    if (!byLine.has(place.line)) byLine.set(place.line, syntaxIssue(each, lines[place.line - 1] ?? "", place));
  }
  return [...byLine.values()];
}
