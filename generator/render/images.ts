import { byKey } from "../base/data.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";

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

/** One entry for each image, sorted. */
export function mergeImages(pairs: Iterable<readonly [image: string, user: string]>): UsedImage[] {
  const users = new Map<string, Set<string>>();
  for (const [image, user] of pairs) users.set(image, (users.get(image) ?? new Set()).add(user));
  return [...users].sort(byKey).map(([image, names]) => ({ image, usedBy: [...names].sort() }));
}
