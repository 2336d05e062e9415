import { parse } from "yaml";
import { isMap } from "../base/data.ts";
import { mayBeSecret } from "../base/words.ts";
import { groups } from "../contract/context.ts";

/** What is different between two texts of a cluster.yaml, in words for a commit message. */
export interface Differences {
  /** Key at the root of the file -> what changed below it, without the instances. */
  readonly head: ReadonlyMap<string, readonly string[]>;
  /** Instance -> what changed. */
  readonly instances: ReadonlyMap<string, readonly string[]>;
}

/** Compares two texts; one that is not a map, or undefined, says nothing. Values that may be secrets are never shown. */
export function differences(before: string | undefined, after: string | undefined): Differences {
  const [old, now] = [mapOf(before), mapOf(after)];
  return {
    head: compareEach(withoutInstances(old), withoutInstances(now)),
    instances: compareEach(instancesOf(old), instancesOf(now)),
  };
}

type Entries = Readonly<Record<string, unknown>>;
type Path = readonly string[];

function mapOf(text: string | undefined): Entries {
  try {
    const options = { schema: "core", uniqueKeys: false, logLevel: "silent", maxAliasCount: 0 } as const;
    const value: unknown = parse(text ?? "", options);
    return isMap(value) ? value : {};
  } catch {
    return {};
  }
}

const mapAt = (value: Entries, key: string): Entries => {
  const found = value[key];
  return isMap(found) ? found : {};
};
const withoutInstances = (value: Entries): Entries =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !groups.some((group) => group === key)));
const instancesOf = (value: Entries): Entries => Object.assign({}, ...groups.map((group) => mapAt(value, group)));

function compareEach(old: Entries, now: Entries): Map<string, readonly string[]> {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return new Map(
    keys.flatMap((key) => {
      const words = compare(leaves(old[key], [key]), leaves(now[key], [key]));
      // An instance that stands there without a setting is an entry all the same.
      if (words.length === 0 && Object.hasOwn(old, key) !== Object.hasOwn(now, key))
        return [
          [key, [Object.hasOwn(now, key) ? "written down in cluster.yaml" : "no longer written down in cluster.yaml"]],
        ];
      return words.length === 0 ? [] : [[key, words]];
    }),
  );
}

function compare(old: ReadonlyMap<string, Leaf>, now: ReadonlyMap<string, Leaf>): string[] {
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((id) => {
    const [before, after] = [old.get(id), now.get(id)];
    if (before !== undefined && after !== undefined && JSON.stringify(before.value) === JSON.stringify(after.value))
      return [];
    const { path } = (after ?? before)!;
    const name = path.slice(1).map(plainly).join(".");
    const say = (words: string): string[] => [name === "" ? words : `${name} ${words}`];
    const [was, is] = [shown(before), shown(after)];
    if (after === undefined) return say("no longer set");
    if (before === undefined) return say(is === undefined ? "set" : `set to ${is}`);
    return say(was === undefined || is === undefined ? "changed" : `${was} -> ${is}`);
  });
}

interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** Lists are leaves: their items have no names to speak of. */
function leaves(value: unknown, path: Path): ReadonlyMap<string, Leaf> {
  if (isMap(value)) return new Map(Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, [...path, key])]));
  return value === undefined || value === null ? new Map() : new Map([[JSON.stringify(path), { path, value }]]);
}

/** The value as it may stand in a commit message; undefined when it is long, structured, or may be a secret. */
function shown(leaf: Leaf | undefined): string | undefined {
  // Public keys of those who can read every Secret: what a reviewer has to see, however long.
  if (leaf?.path.join(".") === recipients && isPublicKeys(leaf.value)) return `[${leaf.value.join(", ")}]`;
  if (leaf === undefined || leaf.path.some(mayBeSecret)) return undefined;
  const items: readonly unknown[] = Array.isArray(leaf.value) ? leaf.value : [leaf.value];
  if (items.some((item) => typeof item === "object")) return undefined;
  const words = items.map((item) => plainly(String(item)));
  const text = Array.isArray(leaf.value) ? `[${words.join(", ")}]` : words[0]!;
  return text.length > 40 || /:\/\/[^/\s]*@/.test(text) ? undefined : text;
}

const recipients = "secrets.recipients";
const isPublicKeys = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => /^age1[a-z0-9]+$/.test(String(item)));

/** Text with a blank, a quote or a control character in it, as a string of JSON. */
export const plainly = (text: string): string => (/^[^\s"',\p{C}]+$/u.test(text) ? text : JSON.stringify(text));
