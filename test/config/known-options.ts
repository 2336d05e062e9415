import { join } from "node:path";
import { type Release, releases } from "../../generator/contract/release.ts";
import { environmentOf, run } from "./environment.ts";
import { type Judged, judged, packagesOf } from "./judged.ts";

/** A row of what options.py prints. */
interface Row {
  readonly group: string;
  readonly name: string;
  readonly old?: readonly string[];
  readonly [word: string]: unknown;
}
export interface Printed {
  readonly namespaces: Readonly<Record<string, { readonly package: string; readonly options: readonly Row[] }>>;
  readonly drivers: readonly Row[];
  readonly auth: readonly Row[];
}

/** group -> option -> its descriptions, each with the releases that have it. */
type Found = Map<string, Map<string, Map<string, Set<Release>>>>;

/** The files of data by name, as the packages of all releases say: `keystone.json`, `libraries.json`, `several.json`. */
export async function knownOptions(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const shared = new Map<string, Found>();
  const several = new Set<string>();
  for (const [component, judge] of judged) {
    if (judge.namespaces.length === 0) continue;
    const own: Found = new Map();
    const libraries = new Set<string>();
    for (const release of releases) {
      const printed = await printedIn(await environmentOf(component, release), judge);
      for (const row of [...Object.values(printed.namespaces).flatMap(({ options }) => options), ...printed.drivers])
        if (row.several) several.add(`${placeOf(row.group)}/${row.name}`);
      const [service] = packagesOf(component, release).map((item) => item.split("=")[0]!);
      for (const [namespace, { package: name, options }] of Object.entries(printed.namespaces)) {
        if (name !== service) libraries.add(namespace);
        add(name === service ? own : at(shared, namespace, () => new Map()), release, options);
      }
      add(own, release, printed.drivers);
      for (const group of Object.keys(judge.drivers?.always ?? {}))
        add(
          own,
          release,
          printed.drivers.map((row) => ({ ...row, group })),
        );
      add(
        at(shared, "keystoneauth1", () => new Map()),
        release,
        printed.auth,
      );
    }
    const { free } = judge;
    files.set(
      `${component}.json`,
      `{\n"libraries": ${JSON.stringify([...libraries].sort())},\n${free === undefined ? "" : `"free": ${JSON.stringify(free)},\n`}"groups": ${text(own)}\n}\n`,
    );
  }
  const all = [...shared].sort().map(([name, found]) => `${JSON.stringify(name)}: ${text(found)}`);
  files.set("libraries.json", `{\n${all.join(",\n")}\n}\n`);
  files.set(
    "several.json",
    `[\n${[...several]
      .sort()
      .map((name) => JSON.stringify(name))
      .join(",\n")}\n]\n`,
  );
  return files;
}

/** What the packages of an environment say. */
export async function printedIn(environment: string, { drivers }: Judged): Promise<Printed> {
  const { code, stdout, stderr } = await run(join(environment, "bin/python"), [
    join(import.meta.dirname, "options.py"),
    ...(drivers === undefined ? [] : [drivers.entryPoints]),
  ]);
  if (code !== 0) throw new Error(`options of ${environment}: ${stderr}`);
  return JSON.parse(stdout) as Printed;
}

/** `group/name` -> the option. */
export const descriptionsOf = (rows: readonly Row[]): Map<string, Readonly<Record<string, unknown>>> =>
  new Map(
    [...Map.groupBy(rows, ({ group, name }) => `${group}/${name}`)].map(([place, same]) => [place, described(same)]),
  );

function add(found: Found, release: Release, rows: readonly Row[]): void {
  for (const [place, option] of descriptionsOf(rows)) {
    const [group, name] = place.split("/") as [string, string];
    const description = JSON.stringify(option);
    const options = at(found, group, () => new Map<string, Map<string, Set<Release>>>());
    at(
      at(options, name, () => new Map<string, Set<Release>>()),
      description,
      () => new Set<Release>(),
    ).add(release);
  }
}

/** Two libraries that describe one option differently: no value of it is wrong for both. */
function described(rows: readonly Row[]): Readonly<Record<string, unknown>> {
  const old = [...new Set(rows.flatMap((row) => row.old ?? []))].sort();
  const plain = rows.map(({ group: _, name: __, old: ___, ...rest }) => rest);
  const isOne = new Set(plain.map((each) => JSON.stringify(each))).size === 1;
  return { ...(isOne ? plain[0] : { type: "any" }), ...(old.length === 0 ? {} : { old }) };
}

/** One line for each option: what a renewal changes is read in its diff. */
function text(found: Found): string {
  const groups = [...found].sort().map(([group, options]) => {
    const lines = [...options].sort().map(([name, kept]) => `${JSON.stringify(name)}: ${entry(kept)}`);
    return `${JSON.stringify(group)}: {\n${lines.join(",\n")}\n}`;
  });
  return `{\n${groups.join(",\n")}\n}`;
}

function entry(kept: ReadonlyMap<string, ReadonlySet<Release>>): string {
  const all = [...kept].map(([description, at]) =>
    JSON.stringify({
      ...(JSON.parse(description) as object),
      ...(at.size === releases.length ? {} : { in: releases.filter((release) => at.has(release)) }),
    }),
  );
  return all.length === 1 ? all[0]! : `[${all.join(", ")}]`;
}

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

const placeOf = (group: string): string => (group === "DEFAULT" ? group : group.toLowerCase());
