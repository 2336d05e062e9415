import type { KubernetesObject } from "../contract/kubernetes.ts";
import { appliesTo, changeField } from "./fields.ts";
import {
  builtInReferences,
  builtInReplicaPaths,
  imagePaths,
  labelPaths,
  type NameReference,
  ownReferences,
  replicaPaths,
} from "./references.ts";

/** The native fields of a kustomization that change objects; what Kustomize does with them is simulated here. */
export interface Transformers {
  readonly namespace?: string;
  readonly nameSuffix?: string;
  /** Value of the instance label, where it differs from the base's. */
  readonly instance?: string;
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
  readonly images?: readonly ImageChange[];
}
export interface ImageChange {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

/** Applies the transformers in Kustomize's order: namespace, suffix (with references), labels, replicas, images. */
export function transform(objects: readonly KubernetesObject[], transformers: Transformers): KubernetesObject[] {
  const { namespace, nameSuffix, instance, replicas = [], images = [] } = transformers;
  let result = [...objects];
  if (namespace !== undefined) result = result.map((object) => inNamespace(object, namespace, objects));
  // Names of ConfigMaps count among those that references follow; they are objects here like all others.
  if (nameSuffix !== undefined) result = rename(result, (name) => `${name}${nameSuffix}`);
  if (instance !== undefined) result = result.map((object) => relabel(object, instance));
  for (const { name, count } of replicas)
    result = result.map((object) => setReplicas(object, `${name}${nameSuffix ?? ""}`, count));
  for (const change of images) result = result.map((object) => changeImages(object, change));
  return result;
}

function inNamespace(object: KubernetesObject, namespace: string, all: readonly KubernetesObject[]): KubernetesObject {
  const moved = { ...object, metadata: { ...object.metadata, namespace } };
  if (object.kind !== "RoleBinding") return moved;
  // A subject is moved when its ServiceAccount is built in the same place.
  return changeField(moved, "subjects", (subjects) =>
    (subjects as { kind: string; name: string }[]).map((subject) =>
      subject.kind === "ServiceAccount" &&
      all.some(({ kind, metadata }) => kind === "ServiceAccount" && metadata.name === subject.name)
        ? { ...subject, namespace }
        : subject,
    ),
  );
}

/** Renames every object, and what refers to it inside the same build. */
export function rename(
  objects: readonly KubernetesObject[],
  newName: (name: string, object: KubernetesObject) => string,
): KubernetesObject[] {
  const references = [...builtInReferences, ...ownReferences];
  const names = new Map(
    objects.map((object) => [`${object.kind}/${object.metadata.name}`, newName(object.metadata.name, object)]),
  );
  const follow = (object: KubernetesObject, { kind, fieldSpecs }: NameReference): KubernetesObject =>
    fieldSpecs
      .filter((spec) => appliesTo(spec, object))
      .reduce(
        (changed, { path }) =>
          changeField(changed, path, (value) =>
            typeof value === "string" ? (names.get(`${kind}/${value}`) ?? value) : value,
          ),
        object,
      );
  return objects.map((object) => {
    const renamed = { ...object, metadata: { ...object.metadata, name: newName(object.metadata.name, object) } };
    return references.reduce((changed, reference) => sameTarget(changed, reference, follow), renamed);
  });
}

/** HorizontalPodAutoscalers name the kind of their target next to its name. */
function sameTarget(
  object: KubernetesObject,
  reference: NameReference,
  follow: (object: KubernetesObject, reference: NameReference) => KubernetesObject,
): KubernetesObject {
  if (object.kind === "HorizontalPodAutoscaler") {
    const target = (object as { spec?: { scaleTargetRef?: { kind?: string } } }).spec?.scaleTargetRef?.kind;
    if (target !== reference.kind) return object;
  }
  return follow(object, reference);
}

const instanceLabel = "app.kubernetes.io/instance";

function relabel(object: KubernetesObject, instance: string): KubernetesObject {
  const set = (value: unknown) => ({ ...(value as Record<string, string>), [instanceLabel]: instance });
  const labelled = { ...object, metadata: { ...object.metadata, labels: set(object.metadata.labels ?? {}) } };
  return labelPaths
    .filter((spec) => appliesTo(spec, object))
    .reduce((changed, { path }) => changeField(changed, path, set), labelled);
}

const setReplicas = (object: KubernetesObject, name: string, count: number): KubernetesObject =>
  object.metadata.name !== name
    ? object
    : [...builtInReplicaPaths, ...replicaPaths]
        .filter((spec) => appliesTo(spec, object))
        .reduce((changed, { path }) => changeField(changed, path, () => count), object);

function changeImages(object: KubernetesObject, change: ImageChange): KubernetesObject {
  const replace = (value: unknown) => (typeof value === "string" ? changeImage(value, change) : value);
  const inPods = ["spec/template/spec", "spec/jobTemplate/spec/template/spec"].flatMap((path) => [
    `${path}/containers/image`,
    `${path}/initContainers/image`,
  ]);
  const own = imagePaths.filter((spec) => appliesTo(spec, object)).map(({ path }) => path);
  return [...inPods, ...own].reduce((changed, path) => changeField(changed, path, replace), object);
}

function changeImage(image: string, { name, newName, newTag, digest }: ImageChange): string {
  const parts = parseImage(image);
  if (parts.name !== name) return image;
  const tag = newTag ?? (digest === undefined ? parts.tag : undefined);
  const pin = digest ?? (newTag === undefined ? parts.digest : undefined);
  return `${newName ?? parts.name}${tag === undefined ? "" : `:${tag}`}${pin === undefined ? "" : `@${pin}`}`;
}

/** `registry:5000/path:tag@sha256:…` in its parts. */
export function parseImage(image: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = image.indexOf("@");
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const rest = at < 0 ? image : image.slice(0, at);
  const colon = rest.lastIndexOf(":");
  return colon > rest.lastIndexOf("/")
    ? { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest }
    : { name: rest, tag: undefined, digest };
}
