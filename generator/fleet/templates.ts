import { clusterFile } from "../base/layout.ts";
import type { Catalogue } from "../contract/component.ts";
import { phases } from "../contract/kubernetes.ts";
import { stepsOf, writeDelivery } from "../delivery/write.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { canonicalJson, hashOf } from "../kit/hash.ts";
import { toYaml } from "../kustomize/yaml.ts";
import type { Model } from "../model/model.ts";
import { resolve } from "../model/resolve.ts";
import { type BaseLibrary, renderCluster } from "../render/cluster.ts";

/** The files of one cluster, and the directories of the bases that they use. */
export interface Shaped {
  readonly files: ReadonlyMap<string, string>;
  readonly bases: readonly string[];
}

/**
 * Of a thousand clusters most differ in name, domain and region alone. These are names, which a rendering may put into text
 * and never compare: so clusters of one shape are rendered once, with a mark for each fact, and each gets its own names put
 * in. Saves nine tenths of a large fleet's time. The first cluster of a shape is rendered as itself.
 */
export function shapes(catalogue: Catalogue, library: BaseLibrary) {
  const seen = new Map<string, Template | "once" | "never">();
  return (model: Model, secretFiles: readonly string[]): Shaped | undefined => {
    const { name, domain, region } = model.spec;
    const key = JSON.stringify([{ ...model.spec, name: "", domain: "", region: "", file: "" }, secretFiles]);
    const known = seen.get(key);
    if (known === undefined) seen.set(key, "once");
    if (known === undefined || known === "never" || ![name, domain, region].every(isPlain)) return undefined;
    const template = known === "once" ? templateOf(model.spec, secretFiles, catalogue, library) : known;
    seen.set(key, template);
    return template === "never" || name.length > template.room ? undefined : filled(template, { name, domain, region });
  };
}

interface Names {
  readonly name: string;
  readonly domain: string;
  readonly region: string;
}
/** Valid as what they stand for, and found nowhere else. */
const marks: Names = { name: "zq-name-qz", domain: "zq-domain-qz.invalid", region: "zq-region-qz" };

interface Template {
  readonly files: readonly { readonly path: Pieces; readonly text: Pieces }[];
  /** Names of Jobs that hold the hash of a text with marks. */
  readonly jobs: readonly { readonly name: string; readonly hash: string; readonly text: Pieces }[];
  readonly bases: readonly string[];
  /** Characters that a cluster's name may have before an engine's object has to be shortened. */
  readonly room: number;
}
/** Text, and between its parts what is put in: the name of a fact, or of a Job. */
type Pieces = readonly { readonly text: string; readonly slot?: string }[];

/** Renders the shape with marks; `never` where anything is to be said about it, for that names the cluster. */
function templateOf(
  spec: ClusterSpec,
  secretFiles: readonly string[],
  catalogue: Catalogue,
  library: BaseLibrary,
): Template | "never" {
  const marked: ClusterSpec = { ...spec, ...marks, file: clusterFile(marks.name) };
  const { model } = resolve(marked, catalogue);
  const rendered = renderCluster(model, library, secretFiles);
  if (rendered.issues.length > 0) return "never";
  const jobs = [...rendered.renders.values()].flatMap((render) =>
    phases.flatMap((phase) => render[phase].objects.filter(({ kind }) => kind === "Job")),
  );
  const texts = jobs.map((job) => ({ name: job.metadata.name, text: canonicalJson(job.spec) }));
  const hashed = texts
    .filter(({ text }) => mark.test(text))
    .map(({ name, text }) => ({ name, text, hash: hashOf(text), end: name.indexOf(hashOf(text)) }))
    // An overlay writes the name without the instance's suffix.
    .map(({ name, hash, end, ...job }) => ({ ...job, hash, end, name: name.slice(0, end + hash.length) }));
  if (hashed.some(({ end }) => end < 0)) return "never";
  const steps = stepsOf(model, rendered.renders, rendered.hasSecrets);
  const longest = Math.max("applications".length, ...steps.map(({ name }) => name.length));
  const cut = cutter(hashed.map(({ name }) => name));
  return {
    files: [...rendered.files, ...writeDelivery(model, steps)].map(([path, text]) => ({
      path: cut(path),
      text: cut(text),
    })),
    jobs: hashed.map(({ name, hash, text }) => ({ name, hash, text: cutter([])(text) })),
    bases: rendered.bases.map(({ directory }) => directory),
    room: 63 - 1 - longest,
  };
}

const mark = /zq-(?:name|domain|region)-qz/;

/** Cuts texts at the marks and at names of Jobs. */
function cutter(jobs: readonly string[]): (text: string) => Pieces {
  const words = [...jobs].sort((a, b) => b.length - a.length).concat(Object.values(marks));
  const slots = new Map<string, string>(Object.entries(marks).map(([fact, word]) => [word, fact]));
  const pattern = new RegExp(words.map((word) => word.replaceAll(".", "\\.")).join("|"), "g");
  return (text) => {
    const pieces: { text: string; slot?: string }[] = [];
    let from = 0;
    for (const { 0: word, index } of text.matchAll(pattern)) {
      pieces.push({ text: text.slice(from, index), slot: slots.get(word) ?? word });
      from = index + word.length;
    }
    return [...pieces, { text: text.slice(from) }];
  };
}

function filled({ files, jobs, bases }: Template, names: Names): Shaped {
  const words = new Map<string, string>(Object.entries(names));
  for (const { name, hash, text } of jobs) words.set(name, name.replace(hash, hashOf(joined(text, words))));
  return { files: new Map(files.map(({ path, text }) => [joined(path, words), joined(text, words)])), bases };
}

function joined(pieces: Pieces, words: ReadonlyMap<string, string>): string {
  let text = "";
  for (const piece of pieces) text += piece.slot === undefined ? piece.text : piece.text + words.get(piece.slot)!;
  return text;
}

/** True of a word that YAML writes without quotes, as it writes the marks: `no` and `1.10` are written otherwise. */
const isPlain = (word: string): boolean => toYaml(word) === `${word}\n`;
