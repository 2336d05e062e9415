import { type Document, isMap, LineCounter, parseDocument, type YAMLError } from "yaml";
import type { Issue } from "../../issues/issue.ts";
import { textOf } from "./encoding.ts";
import { type Finding, placeId, type Source, sourceOf } from "./positions.ts";
import { startsOf, syntaxText, tooDeep } from "./syntax-messages.ts";
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
  const nowhere = sourceOf(file, new Map());
  const stop = (issues: readonly Issue[], source = nowhere): Reading => ({
    value: undefined,
    source,
    issues,
    refused: () => false,
  });
  const decoded = textOf(input);
  if ("refused" in decoded) return stop([{ severity: "error", file, path: [], ...decoded.refused }]);
  const { text } = decoded;
  const counter = new LineCounter();
  const document = documentOf(text, counter);
  if (document === undefined)
    return stop([{ code: "too-deep", severity: "error", ...tooDeep, file, path: [], line: 1, column: 1 }]);
  const position = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const issue = (code: string, message: string, hint: string, offset: number): Issue => ({
    code,
    severity: "error",
    message,
    hint,
    file,
    path: [],
    ...position(offset),
  });
  const general: Issue[] = [];
  if (document.directives.yaml.explicit === true || text.startsWith("%"))
    general.push(
      issue(
        "directive",
        "a % directive is refused",
        "Remove the line: the file is read as YAML 1.2, whatever it says.",
        text.indexOf("%"),
      ),
    );
  const several = document.errors.find(({ code }) => code === "MULTIPLE_DOCS");
  if (several !== undefined)
    general.push(
      issue(
        "several-documents",
        "a second document begins here",
        "Keep one cluster in a file: remove the line --- and what follows it.",
        several.pos[0],
      ),
    );
  const errors = document.errors.filter((error) => error !== several);
  if (errors.length > 0) return stop([...syntaxIssues(document, errors, file, text, position), ...general]);
  const root = document.contents;
  if (root === null || (!isMap(root) && text.replace(/^\s*(#.*|---.*)?$/gm, "").trim() === ""))
    return stop([
      issue(
        "empty-file",
        "the file says nothing about a cluster",
        'Write at least name, domain and delivery; "overstack new cluster NAME" writes a commented file.',
        0,
      ),
      ...general,
    ]);

  const { value, places, findings } = plain(root, position);
  const source = sourceOf(file, places);
  const issues = [
    ...general,
    ...findings
      .filter(isFirstAlias())
      .map(({ atKey: _, ...finding }): Issue => ({ severity: "error", file, ...finding })),
  ];
  if (!isMap(root))
    return stop(
      [
        ...issues,
        issue(
          "root-not-map",
          `the file is ${Array.isArray(value) ? "a list" : "a single value"}, not a map of keys`,
          "Begin with: name: <cluster>, every key at the start of its own line.",
          root.range?.[0] ?? 0,
        ),
      ],
      source,
    );
  const ids = new Set(findings.map(({ path }) => placeId(path)));
  return {
    value: value as Record<string, unknown>,
    source,
    issues,
    refused: (path) => path.some((_, index) => ids.has(placeId(path.slice(0, index + 1)))),
  };
}

/** An alias is mostly used many times, and one message says it all. */
function isFirstAlias(): (finding: Finding) => boolean {
  const seen = new Set<string>();
  return ({ code, message }) => {
    const again = code === "alias" && seen.has(message);
    seen.add(message);
    return !again;
  };
}

/** Keys are compared in plain.ts: the library's own comparison takes quadratic time. */
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
function syntaxIssues(
  document: Document,
  errors: readonly YAMLError[],
  file: string,
  text: string,
  position: (offset: number) => { line: number; column: number },
): Issue[] {
  const lines = text.split("\n");
  const startOf = startsOf(document);
  const byLine = new Map<number, Issue>();
  for (const error of errors) {
    const at = position(startOf(error));
    if (!byLine.has(at.line))
      byLine.set(at.line, {
        code: "syntax",
        severity: "error",
        ...syntaxText(error, lines[at.line - 1] ?? ""),
        file,
        path: [],
        ...at,
      });
  }
  return [...byLine.values()];
}
