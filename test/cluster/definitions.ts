import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { downloadModules } from "../schemas/go.ts";
import { textFiles } from "../schemas/judge.ts";
import { knowingNewer, newerFields } from "../schemas/newer.ts";
import { customResources } from "../schemas/sources.ts";
import type { Kubectl } from "./kubectl.ts";
import { programs } from "./programs.ts";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack", "definitions");
const version = createHash("sha256")
  .update(JSON.stringify([customResources, newerFields]))
  .digest("hex")
  .slice(0, 8);
const file = join(cache, `${version}.json`);
/** Folder of an etcd that knows the kinds of these names, which is of no use to other programs or for other definitions. */
export const keptEtcd = (names: readonly string[]): string => {
  const what = [version, names, programs.etcd, programs.apiServer];
  return join(cache, `etcd-${createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 8)}`);
};
const stages = join(cache, `kwok-${programs.kwok.version}.yaml`);

/** Collects the real definitions of all custom resources that generated objects are of, from their projects' modules. */
export async function collectDefinitions(): Promise<void> {
  if (existsSync(file) && existsSync(stages)) return;
  const archives = await downloadModules(customResources);
  const texts = customResources.flatMap((source) => [...textFiles(source, archives[source.module]!).values()]);
  const definitions = texts
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Definition | null))
    .filter((object) => object?.kind === "CustomResourceDefinition")
    .map((definition) => knowingNewer(definition as Definition));
  const { module, version: at } = programs.kwok;
  const kwok = { module, version: at, folder: "kustomize/stage/pod/fast" };
  const found = [...textFiles(kwok, (await downloadModules([kwok]))[module]!)];
  mkdirSync(cache, { recursive: true });
  const pods = found.flatMap(([name, text]) => (name === "kustomization.yaml" ? [] : [text]));
  writeFileSync(stages, pods.join("\n---\n"));
  writeFileSync(`${file}.new`, JSON.stringify(definitions, withoutProse));
  renameSync(`${file}.new`, file);
}

/** The definition of a custom resource. */
export interface Definition {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly kind: string } };
}

/** All that were collected. */
export function collectedDefinitions(): Definition[] {
  if (!existsSync(file)) throw new Error("collectDefinitions comes first: it needs the network");
  return JSON.parse(readFileSync(file, "utf8")) as Definition[];
}

/** What fields mean is more than half of each definition; every cluster would compile it into its OpenAPI again and again. */
const withoutProse = (key: string, value: unknown): unknown =>
  key === "description" && typeof value === "string" ? undefined : value;

/** kwok's own stages of pods, which replace its built-in ones as soon as one of them is to differ. */
export const podStages = (): object[] =>
  parseAllDocuments(readFileSync(stages, "utf8")).map((document) => document.toJS());

/** Makes their kinds known to the API server. */
export function installDefinitions(kubectl: Kubectl, definitions: readonly Definition[]): void {
  const text = definitions.map((definition) => JSON.stringify(definition)).join("\n---\n");
  kubectl("apply", "--server-side", "--filename", "-", `\n${text}`);
  kubectl("wait", "--for=condition=Established", "--timeout=60s", "--all", "customresourcedefinitions");
}
