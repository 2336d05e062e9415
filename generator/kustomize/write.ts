import { byKey } from "../base/data.ts";
import { type Phase, phases } from "../contract/kubernetes.ts";
import { appliesTo } from "./fields.ts";
import { imagePaths, labelPaths, ownReferences, replicaPaths } from "./references.ts";
import {
  type GeneratedConfigMap,
  isEmpty,
  type MergedConfigMap,
  type Overlay,
  type Patch,
  type PhaseRender,
  placesOf,
  type Render,
} from "./rendering.ts";
import { header, objectFile, objectYaml, sorted, toYaml } from "./yaml.ts";

/** Files below one directory: relative path -> text. */
export type Files = Map<string, string>;

/** The phases of a rendering that hold anything. */
export const phasesOf = (render: Render): Phase[] => phases.filter((phase) => !isEmpty(render[phase]));

/** A base: one directory for each phase, one file for each object. What lives with the Identity service lies in one below that. */
export function writeBase(render: Render, directory: string): Files {
  const files: Files = new Map();
  for (const phase of phasesOf(render))
    for (const { folder, render: place } of placesOf(phase, render[phase]))
      if (!isEmpty(place)) writeBasePhase(place, `${directory}/${folder}`, files);
  return files;
}

function writeBasePhase({ objects, configMaps }: PhaseRender, directory: string, files: Files): void {
  for (const object of objects)
    files.set(`${directory}/${objectFile(object)}`, header("the component") + objectYaml(object));
  const configuration = configurationFor(objects);
  if (configuration !== undefined)
    files.set(`${directory}/kustomizeconfig.yaml`, header("the component") + toYaml(configuration));
  const generators = configMaps.map((map) => generator(map, directory, files));
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: objects.map(objectFile).sort(),
    ...(generators.length === 0 ? {} : { configMapGenerator: generators }),
    ...(configuration === undefined ? {} : { configurations: ["kustomizeconfig.yaml"] }),
  };
  files.set(`${directory}/kustomization.yaml`, header("the component") + toYaml(kustomization));
}

/** What an overlay of these objects may need to know; nothing about kinds that are not there. */
function configurationFor(objects: PhaseRender["objects"]): object | undefined {
  const present = (kind: string) => objects.some((object) => object.kind === kind);
  const matching = <T extends Parameters<typeof appliesTo>[0]>(specs: readonly T[]) =>
    specs.filter((spec) => objects.some((object) => appliesTo(spec, object)));
  const sections = {
    images: matching(imagePaths),
    labels: matching(labelPaths),
    nameReference: ownReferences.filter(({ kind }) => present(kind)),
    replicas: matching(replicaPaths),
  };
  const filled = Object.entries(sections).filter(([, section]) => section.length > 0);
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

/** One phase of an overlay, or of a shared component (`kind: Component`). */
export function writeOverlay(
  overlay: Overlay,
  directory: string,
  parts: {
    source: string;
    resources: readonly string[];
    components?: readonly string[];
    kind?: "Kustomization" | "Component";
  },
): Files {
  const files: Files = new Map();
  for (const object of overlay.added)
    files.set(`${directory}/${objectFile(object)}`, header(parts.source) + objectYaml(object));
  const generators = overlay.configMaps.map((map) => ({
    ...generator(map, directory, files),
    ...(map.behavior === "merge" ? { behavior: "merge" } : {}),
  }));
  const kind = parts.kind ?? "Kustomization";
  const kustomization = {
    apiVersion: kind === "Component" ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1",
    kind,
    ...(overlay.namespace === undefined ? {} : { namespace: overlay.namespace }),
    ...(overlay.nameSuffix === undefined ? {} : { nameSuffix: overlay.nameSuffix }),
    ...(parts.resources.length + overlay.added.length === 0
      ? {}
      : { resources: [...parts.resources, ...overlay.added.map(objectFile).sort()] }),
    ...((parts.components ?? []).length === 0 ? {} : { components: parts.components }),
    ...(overlay.instance === undefined
      ? {}
      : { labels: [{ pairs: { "app.kubernetes.io/instance": overlay.instance } }] }),
    ...((overlay.replicas ?? []).length === 0 ? {} : { replicas: overlay.replicas }),
    ...((overlay.images ?? []).length === 0 ? {} : { images: overlay.images }),
    ...(generators.length === 0 ? {} : { configMapGenerator: generators }),
    ...(overlay.patches.length === 0 ? {} : { patches: overlay.patches.map(patchEntry) }),
  };
  files.set(`${directory}/kustomization.yaml`, header(parts.source) + toYaml(kustomization));
  return files;
}

/** The directory that Argo CD builds: all phases together. */
export const writeParent = (source: string, resources: readonly string[]): string =>
  header(source) + toYaml({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources });

/** True when an overlay changes nothing. */
export const isEmptyOverlay = (overlay: Overlay): boolean =>
  overlay.configMaps.length +
    overlay.patches.length +
    overlay.added.length +
    (overlay.replicas ?? []).length +
    (overlay.images ?? []).length ===
  0;

function patchEntry({ kinds, names, operations, object }: Patch): object {
  // Kustomize reads a target's name as a regular expression, anchored at both ends.
  const target = { kind: kinds.join("|"), name: names.map((name) => name.replaceAll(".", "\\.")).join("|") };
  const patch =
    operations === undefined
      ? { $patch: "delete", apiVersion: object.apiVersion, kind: object.kind, metadata: { name: object.metadata.name } }
      : operations.map(({ op, path, value }) => ({ op, path, ...(op === "remove" ? {} : { value: sorted(value) }) }));
  const text = toYaml(patch);
  // Kustomize trims a patch: without a line after it, a text that ends the patch would lose the white space at its end.
  return { target, patch: endsWithSpace(patch) ? `${text}# end of patch\n` : text };
}

/** True when the last text of a value ends with a line break or other white space. */
function endsWithSpace(value: unknown): boolean {
  if (typeof value === "string") return /\s$/.test(value);
  return typeof value === "object" && value !== null && endsWithSpace(Object.values(value).at(-1));
}

/** A generator entry; contents that are files are written next to it. */
function generator(
  { name, data, form, folder, plainName }: GeneratedConfigMap | MergedConfigMap,
  directory: string,
  files: Files,
): Record<string, unknown> {
  const entries = Object.entries(data).sort(byKey);
  const asFile = (key: string, text: string): string => {
    const path = `${folder}${key}`;
    files.set(`${directory}/${path}`, text);
    return path;
  };
  const named = { name, ...(plainName === undefined ? {} : { options: { disableNameSuffixHash: plainName } }) };
  if (form === "files")
    return {
      ...named,
      ...(entries.length === 0 ? { literals: [] } : { files: entries.map(([key, text]) => asFile(key, text)) }),
    };
  // Kustomize strips quotes at both ends of a literal: such values travel as files.
  const [awkward, plain] = [
    entries.filter(([, text]) => isAwkward(text)),
    entries.filter(([, text]) => !isAwkward(text)),
  ];
  return {
    ...named,
    ...(plain.length > 0 || awkward.length === 0 ? { literals: plain.map(([key, text]) => `${key}=${text}`) } : {}),
    ...(awkward.length === 0 ? {} : { files: awkward.map(([key, text]) => `${key}=${asFile(key, text)}`) }),
  };
}
const isAwkward = (text: string): boolean => /^["']|["']$|[\r\n]/.test(text);
