import { isDeepStrictEqual } from "node:util";
import { isCollection, isMap, isScalar, LineCounter, type Pair, parseDocument, type Scalar, type YAMLMap } from "yaml";

type Path = readonly (string | number)[];
type Entry = Pair<Scalar, unknown>;
/** What is written below a key: text, or a map of numbers. */
type Value = string | Readonly<Record<string, number>>;

/**
 * The text of a cluster.yaml with this at a path, and every other byte as it was: printing a parsed document would move
 * comments and re-indent them. Undefined where the text cannot be edited safely, as with aliases.
 */
export function withValue(text: string, path: Path, value: Value): string | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) return undefined;
  const changed = edited(text, document.contents as YAMLMap | null, path, value);
  if (changed === undefined) return undefined;
  const expected = parseDocument(text);
  for (let depth = 1; depth < path.length; depth++)
    if (!isCollection(expected.getIn(path.slice(0, depth))))
      expected.setIn(path.slice(0, depth), expected.createNode({}));
  expected.setIn(path, value);
  const result = parseDocument(changed);
  return result.errors.length === 0 && isDeepStrictEqual(result.toJS(), expected.toJS()) ? changed : undefined;
}

function edited(text: string, root: YAMLMap | null, path: Path, value: Value): string | undefined {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const columnOf = columns(text);
  const replace = (start: number, end: number, part: string) => text.slice(0, start) + part + text.slice(end);
  let map = root;
  let entry: Entry | undefined;
  for (const [depth, key] of path.entries()) {
    const next = (map?.items as Entry[] | undefined)?.find((item) => String(item.key.value) === String(key));
    if (next === undefined) return insert(map, entry, path.slice(depth));
    entry = next;
    if (depth === path.length - 1 || !isMap(next.value)) {
      const rest = path.slice(depth + 1);
      if (rest.length > 0 && !isEmptyScalar(next.value)) return undefined;
      const [start, end] = rangeOf(next.value);
      // The range of a map in block form includes the line break behind it.
      const last = start + text.slice(start, end).trimEnd().length;
      return start === end ? insert(null, next, rest) : replace(start, last, inline(rest, value));
    }
    map = next.value;
  }
  return undefined;

  /** Puts keys into a map that lacks the first of them, or below a key without a value. */
  function insert(into: YAMLMap | null, below: Entry | undefined, keys: Path): string | undefined {
    if (into?.flow === true) {
      const [start, end] = rangeOf(into);
      return into.items.length === 0
        ? replace(start, end, inline(keys, value))
        : replace(start + 1, start + (text[start + 1] === " " ? 2 : 1), ` ${pair(keys, value)}, `);
    }
    const first = (into?.items as Entry[] | undefined)?.[0];
    const indent = first === undefined ? (below === undefined ? 0 : columnOf(below.key) + 2) : columnOf(first.key);
    const lines = block(keys, value, indent).map((line) => line + newline);
    if (below === undefined) return text + (text === "" || text.endsWith("\n") ? "" : newline) + lines.join("");
    const end = text.indexOf("\n", rangeOf(below.key)[1]);
    return end < 0 ? text + newline + lines.join("") : replace(end + 1, end + 1, lines.join(""));
  }
}

const inline = (keys: Path, value: Value): string => (keys.length === 0 ? flow(value) : `{ ${pair(keys, value)} }`);

const pair = ([key, ...rest]: Path, value: Value): string => `${keyText(key)}: ${inline(rest, value)}`;

/** One line for each key; the last one holds the value. */
const block = ([key, ...rest]: Path, value: Value, indent: number): string[] =>
  rest.length === 0
    ? [`${" ".repeat(indent)}${keyText(key)}: ${flow(value)}`]
    : [`${" ".repeat(indent)}${keyText(key)}:`, ...block(rest, value, indent + 2)];

const flow = (value: Value): string =>
  typeof value === "string"
    ? JSON.stringify(value)
    : `{ ${Object.entries(value)
        .map(([key, number]) => `${key}: ${number}`)
        .join(", ")} }`;

/** Names of settings need no quotes; those of images have colons. */
const keyText = (key: Path[number] | undefined): string =>
  /^[\w-]+$/.test(String(key)) ? String(key) : JSON.stringify(key);

function columns(text: string): (node: Scalar) => number {
  const lines = new LineCounter();
  parseDocument(text, { lineCounter: lines });
  return (node) => lines.linePos(rangeOf(node)[0]).col - 1;
}

const isEmptyScalar = (node: unknown): boolean => node == null || (isScalar(node) && node.value === null);

const rangeOf = (node: unknown): [number, number] =>
  ((node as { range?: [number, number] } | null)?.range ?? [0, 0]) as [number, number];
