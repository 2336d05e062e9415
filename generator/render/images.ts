import { byKey } from "../base/data.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import type { Render } from "../kustomize/rendering.ts";

/** An image, and what runs it. */
export interface UsedImage {
  readonly image: string;
  /** Instances and operators, sorted. */
  readonly usedBy: readonly string[];
}

/** Images that an object names, in pods as in custom resources. */
export function imagesOf(object: KubernetesObject): string[] {
  if (object.kind === "ConfigMap" || object.kind === "Secret") return [];
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) visit(item);
    else if (typeof node === "object" && node !== null)
      for (const [key, value] of Object.entries(node))
        if (key === "image" && typeof value === "string") found.push(value);
        else visit(value);
  };
  visit(object);
  return found;
}

/** Each image that instances run, and the instance. */
export const ofInstances = (renders: ReadonlyMap<string, Render>): [image: string, instance: string][] =>
  [...renders].flatMap(([instance, render]) =>
    Object.values(render).flatMap(({ objects }) =>
      objects.flatMap((object) => imagesOf(object).map((image): [string, string] => [image, instance])),
    ),
  );

/** How many images instances take by a tag alone. */
export const taggedImages = (renders: ReadonlyMap<string, Render>): number =>
  new Set(ofInstances(renders).flatMap(([image]) => (image.includes("@") ? [] : [image]))).size;

/** One entry for each image, sorted. */
export function mergeImages(pairs: Iterable<readonly [image: string, user: string]>): UsedImage[] {
  const users = new Map<string, Set<string>>();
  for (const [image, user] of pairs) users.set(image, (users.get(image) ?? new Set()).add(user));
  return [...users].sort(byKey).map(([image, names]) => ({ image, usedBy: [...names].sort() }));
}
