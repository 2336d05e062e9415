import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { isSecret, type Path, showPath } from "../../base/words.ts";
import { error, type Issue, type Where } from "../../issues/issue.ts";
import { type Place, type Position, placeId } from "./positions.ts";
import { numberTrap, wordTrap } from "./yaml-1.1-traps.ts";

/** Data of a document, where each node stands, and what was refused on the way. */
export interface Plain {
  readonly value: unknown;
  readonly places: ReadonlyMap<string, Place>;
  readonly issues: readonly Refused[];
}

/** What was refused at one place of the file. */
type Refused = Issue & { readonly path: Path };

/** No key of cluster.yaml lies deeper than a dozen levels; deeper data would only cost stack. */
const maxDepth = 40;

/** Turns the syntax tree into plain data, and refuses what YAML allows and readers disagree on. */
export function plain(root: Node, at: (offset: number) => Where & Position): Plain {
  const places = new Map<string, Place>();
  const issues: Refused[] = [];
  const position = (node: unknown): Position => {
    const { line, column } = at(start(node));
    return { line, column };
  };
  const refuse = (path: Path, node: unknown, issue: Issue): void => {
    issues.push({ ...issue, ...at(start(node)), path });
  };

  const convert = (node: unknown, path: Path, key: Position): unknown => {
    places.set(placeId(path), { key, value: position(node), text: isScalar(node) ? node.source : undefined });
    if (isAlias(node)) return refuse(path, node, alias(node.source));
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) refuse(path, node, anchor(node.anchor));
      if (node.tag !== undefined) refuse(path, node, tag(node.tag));
    }
    if (path.length > maxDepth) return refuse(path, node, tooDeep);
    if (isMap(node)) return convertMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => convert(item, [...path, index], position(item)));
    if (!isScalar(node)) return null;
    const missing = noCharacter(node.value);
    if (missing !== undefined) refuse(path, node, missing);
    const trap = scalarTrap(node);
    if (trap !== undefined)
      refuse(path, node, {
        ...trap,
        ...(isSecret(path) ? unshown(path) : { message: `${showPath(path)}: ${trap.message}` }),
      });
    return node.value;
  };

  const convertMap = (node: YAMLMap, path: Path): Record<string, unknown> => {
    const value: Record<string, unknown> = {};
    const seen = new Map<string, Position>();
    for (const pair of node.items as Pair[]) {
      const place = position(pair.key);
      const read = keyOf(pair.key);
      const below = [...path, read.name];
      const first = seen.get(read.name);
      if (first === undefined) seen.set(read.name, place);
      const refusal = read.refused ?? (first === undefined ? undefined : duplicate(path, read.name, first.line));
      if (refusal !== undefined) {
        refuse(below, pair.key, refusal);
        // The value is still read for its own mistakes, but under a name of its own: the first value keeps its place.
        if (first === undefined || read.refused !== undefined) convert(pair.value, below, place);
        continue;
      }
      value[read.name] = convert(pair.value, below, place);
    }
    return value;
  };

  const value = convert(root, [], position(root));
  return { value, places, issues };
}

const start = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;

/** Name of a key, and why it is refused. */
function keyOf(key: unknown): { name: string; refused?: Issue } {
  if (isAlias(key)) return { name: `*${key.source}`, refused: alias(key.source) };
  if (!isScalar(key)) return { name: "?", refused: noTextKey("a map or list") };
  const text = key.source ?? String(key.value);
  if (key.anchor !== undefined) return { name: text, refused: anchor(key.anchor) };
  if (key.tag !== undefined) return { name: text, refused: tag(key.tag) };
  if (key.value === null) return { name: text, refused: noTextKey("nothing") };
  if (typeof key.value !== "string") return { name: text, refused: noTextKey(text) };
  if (key.value === "<<") return { name: text, refused: merge };
  if (["__proto__", "constructor", "prototype"].includes(key.value))
    return { name: `${key.value} (refused)`, refused: reserved(key.value) };
  const trap = noCharacter(key.value) ?? scalarTrap(key);
  return trap === undefined ? { name: key.value } : { name: key.value, refused: trap };
}

/** Only plain scalars are ambiguous: quotes and blocks say that text is meant. */
function scalarTrap(node: Scalar): Issue | undefined {
  if (node.type !== "PLAIN" || node.source === undefined || node.tag !== undefined) return undefined;
  if (typeof node.value === "number" || typeof node.value === "bigint") return numberTrap(node.source, node.value);
  return typeof node.value === "string" ? wordTrap(node.source) : undefined;
}

/**
 * What an escape can name and no file can hold: half of a character, as UTF-16 counts, and what Unicode keeps free; and what
 * does not come through Kustomize: control characters, which go-yaml refuses, and ends of lines of YAML 1.1, which it
 * breaks a line at or takes for a blank (https://yaml.org/spec/1.1/#b-char).
 */
function noCharacter(value: unknown): Issue | undefined {
  const found = typeof value === "string" ? /[\u007f-\u009f\u2028\u2029\ufffe\uffff\ud800-\udfff]/u.exec(value) : null;
  if (found === null) return undefined;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  if (/[\u007f-\u009f\u2028\u2029]/u.test(found[0]))
    return error(
      "control-character",
      `U+${code} does not reach the cluster unchanged`,
      "Kustomize refuses it, or takes it for the end of a line. Remove it, or write a line break.",
    );
  return error(
    "control-character",
    `U+${code} is not a character`,
    "Write the character that is meant; one above U+FFFF is \\U and eight digits.",
  );
}

/** The message about a value that may be a password. */
const unshown = (path: Path): Pick<Issue, "message" | "hint"> => ({
  message: `${showPath(path)} is a number, date or switch to some readers of YAML (not shown: it may be a password)`,
  hint: "Put it in quotes if it is the name of something; a password belongs in a Secret.",
});
const duplicate = (path: Path, name: string, line: number): Issue =>
  error(
    "duplicate-key",
    `${path.length === 0 ? "" : `${showPath(path)}: `}the key ${JSON.stringify(name)} stands here a second time`,
    `It stands first on line ${line}. Keep one: readers of YAML disagree on which of them counts.`,
  );
const anchor = (name: string): Issue =>
  error(
    "anchor",
    `the anchor &${name} is refused`,
    "Write each value where it applies: then a diff shows everything that changes.",
  );
const alias = (name: string): Issue =>
  error(
    "alias",
    `the alias *${name} is refused`,
    "Write the value itself, wherever the alias stands: then a diff shows everything that changes.",
  );
const merge: Issue = error(
  "merge-key",
  "the merge key << is refused",
  "Write the keys themselves: YAML 1.2 has no merge key, and readers disagree on it.",
);
const tag = (name: string): Issue =>
  error(
    "tag",
    `the tag ${name.replace("tag:yaml.org,2002:", "!!")} is refused`,
    "Write plain YAML: quotes make text, no quotes make a number or true or false.",
  );
const noTextKey = (what: string): Issue =>
  error("key-not-text", `a key must be text, not ${what}`, "Put the key in quotes, or remove it.");
const reserved = (name: string): Issue =>
  error(
    "reserved-key",
    `the key ${JSON.stringify(name)} is refused`,
    "Programs that read this file in JavaScript could be misled by it. Choose another name.",
  );
const tooDeep: Issue = error(
  "too-deep",
  `maps and lists are nested deeper than ${maxDepth} levels`,
  "cluster.yaml needs fewer than ten levels: look for a repeated bracket or dash.",
);
