import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { isSecret, type Path, showPath } from "../../base/words.ts";
import { type Finding, type Place, type Position, placeId } from "./positions.ts";
import { numberTrap, wordTrap } from "./yaml-1.1-traps.ts";

/** Data of a document, where each node stands, and what was refused on the way. */
export interface Plain {
  readonly value: unknown;
  readonly places: ReadonlyMap<string, Place>;
  readonly findings: readonly (Finding & Position)[];
}

/** No key of cluster.yaml lies deeper than a dozen levels; deeper data would only cost stack. */
const maxDepth = 40;

/** Turns the syntax tree into plain data, and refuses what YAML allows and readers disagree on. */
export function plain(root: Node, position: (offset: number) => Position): Plain {
  const places = new Map<string, Place>();
  const findings: (Finding & Position)[] = [];
  const refuse = (path: Path, node: unknown, finding: Omit<Finding, "path">): void => {
    findings.push({ ...finding, path, ...position(start(node)) });
  };

  const convert = (node: unknown, path: Path, key: Position): unknown => {
    places.set(placeId(path), { key, value: position(start(node)), text: isScalar(node) ? node.source : undefined });
    if (isAlias(node)) return refuse(path, node, alias(node.source));
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) refuse(path, node, anchor(node.anchor));
      if (node.tag !== undefined) refuse(path, node, tag(node.tag));
    }
    if (path.length > maxDepth) return refuse(path, node, tooDeep);
    if (isMap(node)) return convertMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => convert(item, [...path, index], position(start(item))));
    if (!isScalar(node)) return null;
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
      const at = position(start(pair.key));
      const read = keyOf(pair.key);
      const below = [...path, read.name];
      const first = seen.get(read.name);
      if (first === undefined) seen.set(read.name, at);
      const finding = read.refused ?? (first === undefined ? undefined : duplicate(path, read.name, first.line));
      if (finding !== undefined) {
        refuse(below, pair.key, finding);
        // The value is still read for its own mistakes, but under a name of its own: the first value keeps its place.
        if (first === undefined || read.refused !== undefined) convert(pair.value, below, at);
        continue;
      }
      value[read.name] = convert(pair.value, below, at);
    }
    return value;
  };

  const value = convert(root, [], position(start(root)));
  return { value, places, findings };
}

const start = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;

/** Name of a key, and why it is refused. */
function keyOf(key: unknown): { name: string; refused?: Omit<Finding, "path"> } {
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
  const trap = scalarTrap(key);
  return trap === undefined ? { name: key.value } : { name: key.value, refused: trap };
}

/** Only plain scalars are ambiguous: quotes and blocks say that text is meant. */
function scalarTrap(node: Scalar): Omit<Finding, "path"> | undefined {
  if (node.type !== "PLAIN" || node.source === undefined || node.tag !== undefined) return undefined;
  if (typeof node.value === "number" || typeof node.value === "bigint") return numberTrap(node.source, node.value);
  return typeof node.value === "string" ? wordTrap(node.source) : undefined;
}

/** Of what may be a password. */
const unshown = (path: Path): Pick<Finding, "message" | "hint"> => ({
  message: `${showPath(path)} is a number, date or switch to some readers of YAML (not shown: it may be a password)`,
  hint: "Put it in quotes if it is the name of something; a password belongs in a Secret.",
});
const duplicate = (path: Path, name: string, line: number): Omit<Finding, "path"> => ({
  code: "duplicate-key",
  message: `${path.length === 0 ? "" : `${showPath(path)}: `}the key ${JSON.stringify(name)} stands here a second time`,
  hint: `It stands first on line ${line}. Keep one: readers of YAML disagree on which of them counts.`,
});
const anchor = (name: string): Omit<Finding, "path"> => ({
  code: "anchor",
  message: `the anchor &${name} is refused`,
  hint: "Write each value where it applies: whoever reads a difference then sees all that it changes.",
});
const alias = (name: string): Omit<Finding, "path"> => ({
  code: "alias",
  message: `the alias *${name} is refused`,
  hint: "Write the value itself, wherever the alias stands: whoever reads a difference then sees all that it changes.",
});
const merge: Omit<Finding, "path"> = {
  code: "merge-key",
  message: "the merge key << is refused",
  hint: "Write the keys themselves: YAML 1.2 has no merge key, and readers disagree on it.",
};
const tag = (name: string): Omit<Finding, "path"> => ({
  code: "tag",
  message: `the tag ${name.replace("tag:yaml.org,2002:", "!!")} is refused`,
  hint: "Write plain YAML: quotes make text, no quotes make a number or true or false.",
});
const noTextKey = (what: string): Omit<Finding, "path"> => ({
  code: "key-not-text",
  message: `a key must be text, not ${what}`,
  hint: "Put the key in quotes, or remove it.",
});
const reserved = (name: string): Omit<Finding, "path"> => ({
  code: "reserved-key",
  message: `the key ${JSON.stringify(name)} is refused`,
  hint: "Programs that read this file in JavaScript could be misled by it. Choose another name.",
});
const tooDeep: Omit<Finding, "path"> = {
  code: "too-deep",
  message: `maps and lists are nested deeper than ${maxDepth} levels`,
  hint: "cluster.yaml needs fewer than ten levels: look for a repeated bracket or dash.",
};
