import { isMap, LineCounter, parseDocument, type YAMLError } from "yaml";
import type { Issue } from "../issues.ts";
import { plain } from "./plain.ts";
import { type Place, placeId, type Source, sourceOf } from "./source.ts";
import { syntaxText } from "./syntax.ts";

/** A file as data, with the place of everything in it. `value` is undefined when nothing could be made of it. */
export interface Reading {
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly source: Source;
  readonly issues: readonly Issue[];
  /** True for a path that an issue was already raised for, itself or above it: a second message would only confuse. */
  readonly refused: (path: readonly (string | number)[]) => boolean;
}

/** Larger than any cluster needs, and small enough that the worst text is refused within seconds. */
const maxBytes = 1024 * 1024;

/**
 * Reads one YAML 1.2 document whose root is a map. A byte order mark at the beginning is skipped: editors of some
 * systems write it unasked, and it changes nothing.
 */
export function readYaml(file: string, input: string | Uint8Array): Reading {
  const nowhere = sourceOf(file, new Map());
  const stop = (issues: readonly Issue[], source = nowhere): Reading => ({ value: undefined, source, issues, refused: () => false });
  const fail = (code: string, message: string, hint: string, at?: { line: number; column: number }): Reading =>
    stop([{ code, severity: "error", message, hint, file, path: [], ...at }]);

  const size = typeof input === "string" ? Buffer.byteLength(input) : input.byteLength;
  if (size > maxBytes) return fail("too-large", `the file has ${Math.ceil(size / maxBytes)} MiB; at most 1 MiB is read`, "Keep one cluster in it, and large contents in files of their own.");
  if (typeof input !== "string" && !isUtf8(input)) return fail("encoding", "the file is not UTF-8 text", "Save it as UTF-8; this line has the first bytes that are not.", { line: badLine(input), column: 1 });
  const text = (typeof input === "string" ? input : new TextDecoder().decode(input)).replace(/^\uFEFF/, "");

  const counter = new LineCounter();
  const document = parseDocument(text, { ...options, lineCounter: counter });
  const position = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const control = controlCharacter.exec(text);
  if (control !== null) return fail("control-character", `the character U+${control[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")} is invisible or changes how the text is shown`, "Remove it; in quotes it may be written as \\u and four digits.", position(control.index));

  const issue = (code: string, message: string, hint: string, offset: number): Issue => ({ code, severity: "error", message, hint, file, path: [], ...position(offset) });
  const general: Issue[] = [];
  if (document.directives.yaml.explicit === true || text.startsWith("%")) general.push(issue("directive", "a % directive is refused", "Remove the line: the file is read as YAML 1.2, whatever it says.", text.indexOf("%")));
  const several = document.errors.find(({ code }) => code === "MULTIPLE_DOCS");
  if (several !== undefined) general.push(issue("several-documents", "a second document begins here", "Keep one cluster in a file: remove the line --- and what follows it.", several.pos[0]));
  const errors = document.errors.filter((error) => error !== several);
  if (errors.length > 0) return stop([...syntaxIssues(errors, file, text, position), ...general]);
  const root = document.contents;
  if (root === null || (!isMap(root) && text.replace(/^\s*(#.*|---.*)?$/gm, "") === ""))
    return stop([issue("empty-file", "the file says nothing about a cluster", 'Write at least name, domain and delivery; "overstack new cluster NAME" writes a commented file.', 0), ...general]);

  const { value, places, findings } = plain(root, position);
  const source = sourceOf(file, places);
  const issues = [...general, ...findings.map(({ atKey: _, ...finding }): Issue => ({ severity: "error", file, ...finding }))];
  if (!isMap(root)) return stop([...issues, issue("root-not-map", `the file is ${Array.isArray(value) ? "a list" : "a single value"}, not a map of keys`, "Begin with: name: <cluster>, every key at the start of its own line.", root.range?.[0] ?? 0)], source);
  const ids = new Set(findings.map(({ path }) => placeId(path)));
  return { value: value as Record<string, unknown>, source, issues, refused: (path) => path.some((_, index) => ids.has(placeId(path.slice(0, index + 1)))) };
}

/** Keys are compared in plain.ts: the library's own comparison takes quadratic time. */
const options = { version: "1.2", schema: "core", merge: false, uniqueKeys: false, prettyErrors: false, logLevel: "error" } as const;

/** What YAML forbids in a file anyway, and marks that reorder text on the screen. */
const controlCharacter = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u202A-\u202E\u2066-\u2069\uFEFF]/;

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Lines can be tried one by one: no byte of a longer UTF-8 sequence equals a line feed. */
function badLine(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const next = bytes.indexOf(10, from);
    const to = next === -1 ? bytes.length : next + 1;
    if (!isUtf8(bytes.subarray(from, to))) return line;
    from = to;
  }
  return line;
}

/** One per line: what follows on the same line is mostly a consequence. */
function syntaxIssues(errors: readonly YAMLError[], file: string, text: string, position: (offset: number) => { line: number; column: number }): Issue[] {
  const lines = text.split("\n");
  const byLine = new Map<number, Issue>();
  for (const error of errors) {
    const at = position(error.pos[0]);
    if (!byLine.has(at.line)) byLine.set(at.line, { code: "syntax", severity: "error", ...syntaxText(error, lines[at.line - 1] ?? ""), file, path: [], ...at });
  }
  return [...byLine.values()];
}

export type { Place };
