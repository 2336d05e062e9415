import { type Path, showPath } from "../base/words.ts";
import { groups } from "../contract/context.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { bare, keysOf, type Schema } from "../input/schema/zod-walk.ts";
import { budget } from "./connections.ts";
import { generatedConfig } from "./effective.ts";
import { recordsOf } from "./keys.ts";

/** A key, and what there is to read about it. */
type Entry = readonly [path: Path, words: string];

/**
 * Keys that have to do with a word: those that are called so, files and options that a cluster's instances are given, and keys
 * whose meaning says it. Of a key that many instances have there is one.
 */
export function keysWith(word: string, root: Schema, cluster?: Cluster): string[] {
  const wanted = plain(word);
  if (wanted === "") return [];
  const known = entriesBelow(root, []);
  const called = known.filter(([path]) => plain(String(path.at(-1))).includes(wanted));
  const generated = generatedIn(cluster).filter(([, words]) => plain(words).includes(wanted));
  const spoken = known.filter(([, words]) => plain(words).includes(wanted));
  const found = new Map<string, Path>();
  for (const [path] of [...called, ...generated, ...spoken]) {
    const key = showPath(withoutInstance(path));
    if (!found.has(key)) found.set(key, path);
  }
  return [...found.values()].map((path) => showPath(path).replaceAll('["<name>"]', ".<name>"));
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/(?<=[a-z\d])[-_](?=[a-z\d])/g, "");

const withoutInstance = ([group, ...rest]: Path): Path =>
  rest.length > 1 && groups.some((name) => name === group) ? rest.slice(1) : [group!, ...rest];

/** No key lies deeper. */
const deepest = 9;

function entriesBelow(schema: Schema, path: Path): Entry[] {
  if (path.length > deepest) return [];
  const { def } = bare(schema);
  return [
    ...keysOf(schema).flatMap(([key, below]): Entry[] => [
      [[...path, key], bare(below).description ?? ""],
      ...entriesBelow(below, [...path, key]),
    ]),
    ...recordsOf(schema).flatMap((below) => entriesBelow(below, [...path, "<name>"])),
    ...(def.type === "array" ? entriesBelow(def.element, [...path, 0]) : []),
  ];
}

function generatedIn(cluster: Cluster | undefined): Entry[] {
  const { model } = cluster ?? {};
  if (model === undefined) return [];
  return model.instances.flatMap((instance) => {
    const { path } = instance.spec;
    const files = Object.entries(generatedConfig(instance, model)).flatMap(([file, content]): Entry[] => [
      [[...path, "config", file], file],
      ...(typeof content === "string" ? [] : Object.entries(content)).flatMap(([group, options]) =>
        Object.keys(options).map((option): Entry => [[...path, "config", file, group, option], option]),
      ),
    ]);
    // Services read it where it is there, and nothing is generated in it.
    if (instance.component.conf !== undefined) files.push([[...path, "files", "policy.yaml"], "policy.yaml"]);
    const { title, entries } = budget(instance, model);
    return [...(entries.length === 0 ? [] : [[path, title] as const]), ...files];
  });
}
