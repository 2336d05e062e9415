import { byName } from "../base/data.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { appliesTo } from "./fields.ts";
import type { Pair } from "./pair.ts";
import { builtInReplicaPaths, replicaPaths } from "./references.ts";
import { type ImageChange, parseImage } from "./transform.ts";

/** Replica counts that differ, where Kustomize's `replicas` reaches them. */
export function replicaChanges(pairs: readonly Pair[]): { name: string; count: number }[] {
  return pairs
    .flatMap(({ base, wanted }) => {
      if (![...builtInReplicaPaths, ...replicaPaths].some((spec) => appliesTo(spec, base))) return [];
      const count = (object: KubernetesObject) => (object.spec as { replicas?: number } | undefined)?.replicas;
      const target = count(wanted);
      return target === undefined || count(base) === undefined || target === count(base)
        ? []
        : [{ name: base.metadata.name, count: target }];
    })
    .sort(byName);
}

/** Image changes that hold for every place where the image occurs; others are left to patches. */
export function imageChanges(pairs: readonly Pair[], after: readonly KubernetesObject[]): ImageChange[] {
  const all = after.flatMap((object) => [...images(object).values()]);
  const wantedByName = new Map<string, Set<string>>();
  const baseByName = new Map<string, string>();
  for (const { base, wanted } of pairs) {
    const targets = images(wanted);
    for (const [place, image] of images(base)) {
      const target = targets.get(place);
      const { name } = parseImage(image);
      baseByName.set(name, image);
      if (target !== undefined) wantedByName.set(name, (wantedByName.get(name) ?? new Set()).add(target));
    }
  }
  return [...wantedByName]
    .flatMap(([name, targets]): ImageChange[] => {
      const [target] = targets;
      const image = baseByName.get(name)!;
      if (targets.size !== 1 || target === undefined || target === image) return [];
      // An image of that name which comes by patch (a sidecar's, another role's) would be changed along.
      if (all.some((other) => other !== target && parseImage(other).name === name)) return [];
      const [before, after] = [parseImage(image), parseImage(target)];
      const newName = after.name === before.name ? {} : { newName: after.name };
      if (after.digest === undefined)
        return [
          { name, ...newName, ...(after.tag === before.tag || after.tag === undefined ? {} : { newTag: after.tag }) },
        ];
      // Kustomize drops the tag when a digest is given: both are written as one tag.
      return [
        {
          name,
          ...newName,
          ...(after.tag === undefined ? { digest: after.digest } : { newTag: `${after.tag}@${after.digest}` }),
        },
      ];
    })
    .sort(byName);
}

/** Images of an object by the place where they stand. */
function images(object: KubernetesObject): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (node: unknown, path: string): void => {
    if (Array.isArray(node)) for (const item of node) walk(item, `${path}/${(item as { name?: string })?.name ?? ""}`);
    else if (node !== null && typeof node === "object")
      for (const [key, value] of Object.entries(node)) {
        if (key === "image" && typeof value === "string") found.set(`${path}/image`, value);
        else walk(value, `${path}/${key}`);
      }
  };
  walk(object.spec, "");
  return found;
}
