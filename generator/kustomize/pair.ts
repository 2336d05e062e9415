import type { KubernetesObject } from "../contract/kubernetes.ts";

/** An object of the base, and what it becomes. */
export interface Pair {
  readonly base: KubernetesObject;
  readonly wanted: KubernetesObject;
}

/**
 * Which wanted object each object of the base becomes: by name, else (names that carry a hash or a provider) by kind and role.
 * In the order of the base; objects that are removed or added are in no pair.
 */
export function pair(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  suffix: string,
): readonly Pair[] {
  const found = new Map<KubernetesObject, KubernetesObject>();
  const taken = new Set<KubernetesObject>();
  const match = (find: (object: KubernetesObject, candidate: KubernetesObject) => boolean): void => {
    for (const object of before) {
      if (found.has(object)) continue;
      const candidates = after.filter(
        (candidate) =>
          !taken.has(candidate) &&
          candidate.kind === object.kind &&
          candidate.apiVersion === object.apiVersion &&
          find(object, candidate),
      );
      const [only] = candidates;
      if (only === undefined || candidates.length > 1) continue;
      found.set(object, only);
      taken.add(only);
    }
  };
  match((object, candidate) => candidate.metadata.name === `${object.metadata.name}${suffix}`);
  match((object, candidate) => role(object) !== undefined && role(object) === role(candidate));
  return before.flatMap((base) => {
    const wanted = found.get(base);
    return wanted === undefined ? [] : [{ base, wanted }];
  });
}

/** Same kind, API version and name. Namespaces are not compared: a phase has one. */
export const sameObject = (a: KubernetesObject, b: KubernetesObject): boolean =>
  a.kind === b.kind && a.metadata.name === b.metadata.name && a.apiVersion === b.apiVersion;

const role = ({ metadata }: KubernetesObject): string | undefined => metadata.labels?.["app.kubernetes.io/component"];
