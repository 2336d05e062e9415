import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { defaultRelease, releases } from "../../generator/contract/release.ts";
import { buildFrom, type Cluster, recordedStateOf, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { library } from "../laws/library.ts";
import { golden, goldenClusters } from "./clusters.ts";
import { differencesOf, type Files, toText } from "./texts.ts";

/** The golden trees as they are recorded, by path below test/golden: one text for each directory. */
export const recordedTexts = (): Files =>
  new Map([...bases(), ...[...goldenClusters()].flatMap(([name, text]) => [...cluster(name, text)])]);

/** The bases of the default release in full, and of each other release what differs. */
function* bases(): Iterable<[string, string]> {
  for (const component of catalogue.values()) {
    const full = below(library(defaultRelease, component));
    yield* byDirectory(full, `bases/${defaultRelease}/${component.name}`);
    for (const release of releases.filter((other) => other !== defaultRelease)) {
      const differences = differencesOf(below(library(release, component)), full);
      if (differences.size > 0) yield [`bases/${release}/${component.name}.txt`, toText(differences)];
    }
  }
}

const below = ({ directory, files }: { directory: string; files: Files }): Files =>
  new Map([...files].map(([path, text]) => [path.slice(directory.length + 1), text]));

/** One text for each of the directories below one directory, whose files bear their path in it. */
function* byDirectory(files: Files, at: string): Iterable<[string, string]> {
  const directories = Map.groupBy(files, ([path]) => path.slice(0, Math.max(0, path.indexOf("/"))));
  for (const [directory, entries] of directories) {
    const own = entries.map(([path, text]): [string, string] => [
      directory === "" ? path : path.slice(directory.length + 1),
      text,
    ]);
    yield [`${at}${directory === "" ? "" : `/${directory}`}.txt`, toText(new Map(own))];
  }
}

/** What is recorded of a cluster: one text for each folder below overlays/ and clusters/, and what the next run is told. */
function* cluster(name: string, text: string): Iterable<[string, string]> {
  const built = buildGolden(name, text);
  const { files } = scopeOf(built);
  const folders = Map.groupBy(files, ([path]) => folderOf(path));
  const texts = [...folders].map(([folder, entries]): [string, string] => [
    `${folder}.txt`,
    toText(new Map(entries.map(([path, content]) => [path.slice(folder.length + 1), content]))),
  ]);
  const state = `${JSON.stringify(recordedStateOf(built.model!), undefined, 2)}\n`;
  const only = (parse(readFileSync(join(golden, "theirs.yaml"), "utf8")) as Record<string, string[]>)[name];
  for (const [path, content] of [...texts, [`clusters/${name}/inventory-facts.json`, state] as const])
    if (only === undefined || only.some((part) => path === part || path === `${part}.txt`)) yield [path, content];
}

/** A golden cluster; throws when it is refused. */
function buildGolden(name: string, text: string): Cluster {
  const built = buildFrom({ name, text, library });
  if (hasErrors(built.issues)) throw new Error(`${name} is refused: ${JSON.stringify(built.issues)}`);
  return built;
}

/** `overlays/eu1/glance` of all that is below it; of an engine's files their own folder. */
const folderOf = (path: string): string =>
  path.startsWith("overlays/") ? path.split("/").slice(0, 3).join("/") : dirname(path);
