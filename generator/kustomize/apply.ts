import type { KubernetesObject } from "../contract/kubernetes.ts";
import { applyOperations, diff, equal } from "./diff.ts";
import { sameObject } from "./pair.ts";
import type { GeneratedConfigMap, MergedConfigMap, Overlay } from "./rendering.ts";
import { transform } from "./transform.ts";

/** What an overlay sets for all of its objects. */
export interface Goal {
  readonly namespace?: string;
  readonly nameSuffix?: string;
  readonly instance?: string;
  /** Keys of ConfigMaps that a shared component sets after the overlay's generators: to be patched, not merged. */
  readonly shared?: readonly GeneratedConfigMap[];
}

/** Applies an overlay to the objects of a base as Kustomize does: generators, patches, transformers. */
function applyOverlay(before: readonly KubernetesObject[], overlay: Overlay): KubernetesObject[] {
  const generated = [...before.map((object) => mergeInto(object, overlay.configMaps)), ...overlay.added];
  const patched = generated.flatMap((object) => {
    let current: KubernetesObject | undefined = object;
    for (const { kinds, names, operations } of overlay.patches) {
      if (current === undefined || !kinds.includes(object.kind) || !names.includes(object.metadata.name)) continue;
      current = operations === undefined ? undefined : applyOperations(current, operations);
    }
    return current ?? [];
  });
  return transform(patched, overlay);
}

/** Throws unless the overlay gives exactly what is wanted. */
export function verify(
  overlay: Overlay,
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  goal: Goal,
): void {
  const built = applyOverlay(before, overlay);
  for (const object of after) {
    const target = asBuilt(object, goal);
    const match = built.find((candidate) => sameObject(candidate, target));
    if (match === undefined || !equal(match, target))
      throw new Error(
        `overlay of ${object.kind}/${object.metadata.name} does not give what is wanted: ${JSON.stringify(diff(match, target)).slice(0, 500)}`,
      );
  }
  if (built.length !== after.length)
    throw new Error(`overlay gives ${built.length} objects, ${after.length} are wanted`);
}

/** What is wanted, as Kustomize builds it: the transformers reach a generated ConfigMap too. */
export function asBuilt(object: KubernetesObject, { namespace, instance }: Goal): KubernetesObject {
  if (object.kind !== "ConfigMap") return object;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(namespace === undefined ? {} : { namespace }),
      ...(instance === undefined
        ? {}
        : { labels: { ...object.metadata.labels, "app.kubernetes.io/instance": instance } }),
    },
  };
}

/** The object with the keys that the overlay's generators give it. */
export function mergeInto(object: KubernetesObject, merged: readonly MergedConfigMap[]): KubernetesObject {
  const own = object.kind === "ConfigMap" ? merged.find(({ name }) => name === object.metadata.name) : undefined;
  return own === undefined ? object : { ...object, data: { ...(object.data as object), ...own.data } };
}
