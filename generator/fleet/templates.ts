import { clusterFile } from "../base/layout.ts";
import { cutter, fill, type Pieces, placeholder } from "../base/placeholder.ts";
import type { Catalogue } from "../contract/component.ts";
import { phases } from "../contract/kubernetes.ts";
import { stepsOf, writeDelivery } from "../delivery/write.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { canonicalJson, hashOf } from "../kit/hash.ts";
import { toYaml } from "../kustomize/yaml.ts";
import type { Model } from "../model/model.ts";
import { resolve } from "../model/resolve.ts";
import { type BaseLibrary, renderCluster } from "../render/cluster.ts";
import { taggedImages } from "../render/images.ts";
import { recordedText } from "./one-cluster.ts";

/** The files of one cluster, and the directories of the bases that they use. */
export interface Filled {
  readonly files: ReadonlyMap<string, string>;
  /** What the inventory is to record of the cluster, as JSON. */
  readonly facts: string;
  readonly bases: readonly string[];
  /** Images that its instances take by a tag alone. */
  readonly tagged: number;
}

/**
 * Most clusters of a large fleet differ in name, domain and region alone. These are names, which a rendering may put into
 * text and never compare. So clusters that are otherwise alike are rendered once, with a placeholder for each name: that is
 * their template, and each of them fills in its own names. This saves nine tenths of a large fleet's time. The first of them
 * is rendered without a template. The result is undefined for a cluster that has to be rendered.
 */
export function templates(catalogue: Catalogue, library: BaseLibrary) {
  const seen = new Map<string, Template | "once" | "never">();
  return (model: Model, secretFiles: readonly string[]): Template | undefined => {
    const names = namesOf(model.spec);
    const key = JSON.stringify([
      { ...model.spec, name: "", domain: "", region: "", file: "" },
      secretFiles,
      model.kept,
    ]);
    const known = seen.get(key);
    if (known === undefined) seen.set(key, "once");
    if (known === undefined || known === "never" || !areFit(names)) return undefined;
    const template = known === "once" ? templateOf(model, secretFiles, catalogue, library) : known;
    seen.set(key, template);
    return template === "never" || !hasRoom(template, names) ? undefined : template;
  };
}

/** True for names that the template can take. */
export const takes = (template: Template, names: Names): boolean => areFit(names) && hasRoom(template, names);

const areFit = (names: Names): boolean => Object.values(names).every(isPlain);
const hasRoom = ({ room }: Template, { name }: Names): boolean => name.length <= room;

/** What a cluster is called. */
export type Names = Pick<ClusterSpec, "name" | "domain" | "region">;

/** The names of a cluster, and nothing else of it. */
export const namesOf = ({ name, domain, region }: ClusterSpec): Names => ({ name, domain, region });

/** Each is a valid name of its kind. */
const placeholders: Names = {
  name: placeholder("name"),
  domain: `${placeholder("domain")}.invalid`,
  region: placeholder("region"),
};
const slots: ReadonlyMap<string, string> = new Map(Object.entries(placeholders).map(([slot, word]) => [word, slot]));

/** A cluster with a gap for each of its names. */
export interface Template {
  readonly files: readonly { readonly path: Pieces; readonly text: Pieces }[];
  readonly facts: Pieces;
  /** Names of Jobs that hold the hash of a text with placeholders. */
  readonly jobs: readonly { readonly name: string; readonly hash: string; readonly text: Pieces }[];
  readonly bases: readonly string[];
  readonly tagged: number;
  /** Characters that a cluster's name may have before an engine's object has to be shortened. */
  readonly room: number;
}

/** Renders the cluster with placeholders; `never` where there is an issue about it, because an issue names the cluster. */
function templateOf(
  { spec, kept }: Model,
  secretFiles: readonly string[],
  catalogue: Catalogue,
  library: BaseLibrary,
): Template | "never" {
  const unnamed: ClusterSpec = { ...spec, ...placeholders, file: clusterFile(placeholders.name) };
  const { model } = resolve(unnamed, catalogue, undefined, kept);
  const rendered = renderCluster(model, library, secretFiles);
  if (rendered.issues.length > 0) return "never";
  const jobs = [...rendered.renders.values()].flatMap((render) =>
    phases.flatMap((phase) => render[phase].objects.filter(({ kind }) => kind === "Job")),
  );
  const cutNames = cutter(slots);
  const hashed = jobs
    .map(({ metadata: { name }, spec: own }) => ({ name, text: canonicalJson(own) }))
    .map(({ name, text }) => ({ name, text: cutNames(text), hash: hashOf(text), end: name.indexOf(hashOf(text)) }))
    .filter(({ text }) => text.length > 1)
    // An overlay writes the name without the instance's suffix.
    .map(({ name, hash, end, text }) => ({ text, hash, end, name: name.slice(0, end + hash.length) }));
  if (hashed.some(({ end }) => end < 0)) return "never";
  const steps = stepsOf(model, rendered.renders, rendered.hasSecrets);
  const longest = Math.max("applications".length, ...steps.map(({ name }) => name.length));
  const cut = cutter(new Map([...slots, ...hashed.map(({ name }): [string, string] => [name, name])]));
  return {
    files: [...rendered.files, ...writeDelivery(model, steps)].map(([path, text]) => ({
      path: cut(path),
      text: cut(text),
    })),
    facts: cut(recordedText(model)),
    jobs: hashed.map(({ name, hash, text }) => ({ name, hash, text })),
    bases: rendered.bases.map(({ directory }) => directory),
    tagged: taggedImages(rendered.renders),
    room: 63 - 1 - longest,
  };
}

/** The cluster of these names; the template must take them. */
export function filled({ files, facts, jobs, bases, tagged }: Template, names: Names): Filled {
  const words = new Map<string, string>(Object.entries(names));
  for (const { name, hash, text } of jobs) words.set(name, name.replace(hash, hashOf(fill(text, words))));
  return {
    files: new Map(files.map(({ path, text }) => [fill(path, words), fill(text, words)])),
    facts: fill(facts, words),
    bases,
    tagged,
  };
}

/** True of a word that YAML writes without quotes, as it writes a placeholder: `no` and `1.10` are written otherwise. */
const isPlain = (word: string): boolean => toYaml(word) === `${word}\n`;
