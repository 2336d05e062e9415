import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { placeholder, unknownValue } from "../../generator/base/placeholder.ts";
import { catalogue } from "../../generator/components/index.ts";
import { groups } from "../../generator/contract/context.ts";
import { parseCluster } from "../../generator/input/cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";

// A placeholder in an operator's text would be removed from the files of the cluster, or replaced by a name of another one.

type Path = readonly string[];
type Data = Readonly<Record<string, unknown>>;
const file = "clusters/every-dial/cluster.yaml";
/** A cluster that writes every key. */
const original: Data = parse(readFileSync(`test/golden/${file}`, "utf8"));

/** What it says of no instance, and each instance. In a cluster without the others it is read in a time that does not grow with them. */
const root = Object.fromEntries(Object.entries(original).filter(([key]) => !groups.some((group) => group === key)));
const parts: readonly Data[] = [
  root,
  ...groups.flatMap((group) =>
    Object.entries((original[group] ?? {}) as Data).map(([name, settings]) => ({ [group]: { [name]: settings } })),
  ),
];

/** What the file is refused for; JSON is YAML. */
const issuesOf = (data: unknown) => parseCluster(file, JSON.stringify(data), catalogue).issues;

/** Texts with a placeholder in the place of another text, in turn. */
const forms: readonly ((text: string) => string)[] = [
  () => unknownValue,
  (text) => `${unknownValue}.${text}`,
  () => placeholder("name"),
  (text) => `${text}-${placeholder("region")}`,
];
let turn = 0;
const withPlaceholder = (text: string): string => forms[turn++ % forms.length]!(text);

/** The data with another text at one place, for each place; a key is a text too. */
function* changed(value: unknown): Iterable<{ path: Path; data: unknown }> {
  if (typeof value === "string") yield { path: [], data: withPlaceholder(value) };
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    for (const { path, data } of changed(item))
      yield {
        path: [key, ...path],
        data: Array.isArray(value) ? value.with(Number(key), data) : { ...value, [key]: data },
      };
    if (Array.isArray(value)) continue;
    const { [key]: _, ...others } = value as Readonly<Record<string, unknown>>;
    const text = withPlaceholder(key);
    yield { path: [text], data: { ...others, [text]: item } };
  }
}

test("no text of cluster.yaml can hold a placeholder, in a key or in a value", () => {
  for (const part of parts) expect(hasErrors(issuesOf({ ...root, ...part })), JSON.stringify(part)).toBe(false);
  const files = parts.flatMap((part) =>
    [...changed(part)].map(({ path, data }) => ({
      path: path.join(" "),
      issues: issuesOf(part === root ? data : { ...root, ...(data as Data) }),
    })),
  );
  expect(files.filter(({ issues }) => !hasErrors(issues)).map(({ path }) => path)).toEqual([]);

  // Where any text can be written, nothing else refuses it.
  const free = files.filter(({ issues }) => issues.every(({ code }) => code === "placeholder"));
  expect(free.length).toBeGreaterThan(50);
});

test("what only resembles a placeholder is text", () => {
  const data = { ...original, domain: "zz-facade.zq-name.example.org", region: "zq-1-qz" };
  expect(issuesOf(data)).toEqual([]);
});
