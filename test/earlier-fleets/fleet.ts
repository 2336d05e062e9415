import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { parse } from "yaml";
import type { Files } from "../golden-trees/texts.ts";

// Fleets as earlier commits of this repository generated them. See CONTRIBUTING.md.

/** Where they lie, each in a folder that bears the commit's name. */
export const earlierFleets = import.meta.dirname;

/** A fleet as a commit generated it. */
export interface EarlierFleet {
  readonly commit: string;
  readonly folder: string;
  /** Text of each cluster.yaml, by the cluster's name. */
  readonly clusters: ReadonlyMap<string, string>;
  /** Secrets that each cluster reads, with their keys: cluster -> namespace/name -> keys. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** All commits that have one. */
export const recordedCommits = (): string[] =>
  readdirSync(earlierFleets, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** Texts of the cluster.yaml files of a fleet by the clusters' names. */
export const inputsOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    globSync(join(folder, "clusters/*.yaml"))
      .sort()
      .map((file) => [basename(file, ".yaml"), readFileSync(file, "utf8")]),
  );

export function earlierFleet(commit: string): EarlierFleet {
  const folder = join(earlierFleets, commit);
  const secrets = parse(readFileSync(join(folder, "secrets.yaml"), "utf8")) as EarlierFleet["secrets"];
  return { commit, folder, clusters: inputsOf(folder), secrets };
}

/** All files of a fleet as the commit left them, inventories too; of Secrets in Git the names alone. */
export const filesOf = ({ folder, clusters }: EarlierFleet): Files =>
  new Map([
    ...[...clusters].map(([name, text]): [string, string] => [`clusters/${name}/cluster.yaml`, text]),
    ...Object.entries(unpacked(readFileSync(join(folder, "tree.txt"), "utf8"))),
  ]);

/** Files as one short text, which `base64 --decode tree.txt | gunzip` shows again as JSON. */
export function packed(files: Files): string {
  const text = gzipSync(JSON.stringify(Object.fromEntries(files)), { level: 9 }).toString("base64");
  return text.replace(/.{1,120}/g, "$&\n");
}

const unpacked = (text: string): Record<string, string> =>
  JSON.parse(gunzipSync(Buffer.from(text, "base64")).toString()) as Record<string, string>;

/** Writes files below a folder. */
export function writeFiles(root: string, files: Files): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
