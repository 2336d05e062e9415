import type { KubernetesObject } from "../contract/kubernetes.ts";
import { applyOperations, diff, equal, type Operation } from "./diff.ts";
import { appliesTo } from "./fields.ts";
import { configMapObject } from "./hash.ts";
import { builtInReplicaPaths, replicaPaths } from "./references.ts";
import type { GeneratedConfigMap, PhaseRender } from "./rendering.ts";
import { type ImageChange, parseImage, rename, type Transformers, transform } from "./transform.ts";

/** What turns a base into what is wanted, in Kustomize's own words. */
export interface Overlay extends Transformers {
  readonly configMaps: readonly MergedConfigMap[];
  readonly patches: readonly Patch[];
  /** Objects that the base does not have, as they stand before the transformers. */
  readonly added: readonly KubernetesObject[];
}
export interface MergedConfigMap {
  readonly name: string;
  readonly behavior: "merge" | "create";
  readonly form: GeneratedConfigMap["form"];
  readonly folder: string;
  readonly plainName?: true;
  readonly data: Readonly<Record<string, string>>;
}
export interface Patch {
  readonly kinds: readonly string[];
  readonly names: readonly string[];
  /** Operations, or undefined: the object is deleted. */
  readonly operations: readonly Operation[] | undefined;
  readonly object: KubernetesObject;
}
interface Goal {
  readonly namespace?: string;
  readonly nameSuffix?: string;
  readonly instance?: string;
  /** Keys of ConfigMaps that a shared component sets after the overlay's generators: to be patched, not merged. */
  readonly shared?: readonly GeneratedConfigMap[];
}

/**
 * Computes the overlay that makes `wanted` out of `base`: native fields first, then the smallest patches. The result is
 * applied to the base in memory and compared; a difference is a defect of this module, not of the input.
 */
export function computeOverlay(base: PhaseRender, wanted: PhaseRender, goal: Goal): Overlay {
  const suffix = goal.nameSuffix ?? "";
  const baseMaps = base.configMaps.map((map) => configMapObject(map));
  const wantedMaps = wanted.configMaps.map((map) => configMapObject(map));
  const before = [...base.objects, ...baseMaps];
  const after = [...wanted.objects, ...wantedMaps];
  const pairs = pair(before, after, suffix);
  const added = pullBack(
    after.filter((object) => ![...pairs.values()].includes(object) && object.kind !== "ConfigMap"),
    after,
    goal,
  );
  const removed = before.filter((object) => !pairs.has(object));

  const transformers: Transformers = {
    ...(goal.namespace === undefined ? {} : { namespace: goal.namespace }),
    ...(suffix === "" ? {} : { nameSuffix: suffix }),
    ...(goal.instance === undefined ? {} : { instance: goal.instance }),
    replicas: replicaChanges(pairs),
    images: imageChanges(pairs, after),
  };
  const merged = wanted.configMaps.flatMap((map) =>
    mergeOf(
      map,
      base.configMaps.find(({ name }) => `${name}${suffix}` === map.name),
      suffix,
      goal.shared,
    ),
  );
  const withMaps = before.map((object) => mergeInto(object, merged));

  // Simulate the native fields alone; what then still differs is patched, on the objects as they stand before.
  const simulated = transform(
    [...withMaps.filter((object) => !removed.some((gone) => sameObject(gone, object))), ...added],
    transformers,
  );
  const remaining = withMaps.filter((object) => !removed.some((gone) => sameObject(gone, object)));
  const changes = [...remaining, ...added].flatMap((object, index) => {
    const target = wantedFor(object, pairs, after, suffix);
    const goalObject = object.kind === "ConfigMap" ? asBuilt(target, goal) : target;
    const operations = diff(simulated[index], goalObject).map((operation) => unsuffixed(operation, suffix));
    return operations.length === 0 ? [] : [{ object, operations }];
  });
  const patches = [
    ...group(changes, [...before, ...added]),
    ...removed.map(
      (object): Patch => ({ kinds: [object.kind], names: [object.metadata.name], operations: undefined, object }),
    ),
  ];
  const overlay: Overlay = { ...transformers, configMaps: merged, patches, added };
  verify(overlay, before, after, goal);
  return overlay;
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

function verify(
  overlay: Overlay,
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  goal: Goal,
): void {
  const built = applyOverlay(before, overlay);
  for (const object of after) {
    const target = object.kind === "ConfigMap" ? asBuilt(object, goal) : object;
    const match = built.find((candidate) => sameObject(candidate, target));
    if (match === undefined || !equal(match, target))
      throw new Error(
        `overlay of ${object.kind}/${object.metadata.name} does not give what is wanted: ${JSON.stringify(diff(match, target)).slice(0, 500)}`,
      );
  }
  if (built.length !== after.length)
    throw new Error(`overlay gives ${built.length} objects, ${after.length} are wanted`);
}

/** What the transformers do to a generated ConfigMap. */
const asBuilt = (object: KubernetesObject, { namespace, instance }: Goal): KubernetesObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    ...(namespace === undefined ? {} : { namespace }),
    ...(instance === undefined
      ? {}
      : { labels: { ...object.metadata.labels, "app.kubernetes.io/instance": instance } }),
  },
});

const sameObject = (a: KubernetesObject, b: KubernetesObject): boolean =>
  a.kind === b.kind && a.metadata.name === b.metadata.name && a.apiVersion === b.apiVersion;

/** Which wanted object a base's object becomes: by name, else (names that carry a hash or a provider) by kind and role. */
function pair(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  suffix: string,
): Map<KubernetesObject, KubernetesObject> {
  const pairs = new Map<KubernetesObject, KubernetesObject>();
  const taken = new Set<KubernetesObject>();
  const match = (find: (object: KubernetesObject, candidate: KubernetesObject) => boolean): void => {
    for (const object of before) {
      if (pairs.has(object)) continue;
      const candidates = after.filter(
        (candidate) =>
          !taken.has(candidate) &&
          candidate.kind === object.kind &&
          candidate.apiVersion === object.apiVersion &&
          find(object, candidate),
      );
      const [only] = candidates;
      if (only === undefined || candidates.length > 1) continue;
      pairs.set(object, only);
      taken.add(only);
    }
  };
  match((object, candidate) => candidate.metadata.name === `${object.metadata.name}${suffix}`);
  match((object, candidate) => role(object) !== undefined && role(object) === role(candidate));
  return pairs;
}
const role = ({ metadata }: KubernetesObject): string | undefined => metadata.labels?.["app.kubernetes.io/component"];

function wantedFor(
  object: KubernetesObject,
  pairs: ReadonlyMap<KubernetesObject, KubernetesObject>,
  after: readonly KubernetesObject[],
  suffix: string,
): KubernetesObject {
  for (const [base, target] of pairs) if (sameObject(base, object)) return target;
  return after.find(
    (candidate) => candidate.kind === object.kind && candidate.metadata.name === `${object.metadata.name}${suffix}`,
  )!;
}

/** Added objects in the form in which they enter the transformers: no namespace, no suffix, references alike. */
function pullBack(
  added: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  { namespace, nameSuffix = "" }: Goal,
): KubernetesObject[] {
  const stripped = rename(after, (name) =>
    name.endsWith(nameSuffix) ? name.slice(0, name.length - nameSuffix.length) : name,
  );
  return added.map((object) => {
    const back = stripped[after.indexOf(object)]!;
    if (namespace === undefined) return back;
    const { namespace: _, ...metadata } = back.metadata;
    return { ...back, metadata };
  });
}

/** A patched name is suffixed later: it is written without. */
const unsuffixed = (operation: Operation, suffix: string): Operation =>
  operation.path === "/metadata/name" &&
  typeof operation.value === "string" &&
  suffix !== "" &&
  operation.value.endsWith(suffix)
    ? { ...operation, value: operation.value.slice(0, -suffix.length) }
    : operation;

function mergeOf(
  wanted: GeneratedConfigMap,
  base: GeneratedConfigMap | undefined,
  suffix: string,
  shared: readonly GeneratedConfigMap[] = [],
): MergedConfigMap[] {
  const name = wanted.name.slice(0, wanted.name.length - suffix.length);
  const behavior = base === undefined ? "create" : "merge";
  const frozen = shared.find((map) => map.name === name)?.data ?? {};
  const data = Object.fromEntries(
    Object.entries(wanted.data).filter(([key, text]) => base?.data[key] !== text && !(key in frozen)),
  );
  return Object.keys(data).length === 0 && base !== undefined ? [] : [{ ...wanted, name, behavior, data }];
}

function mergeInto(object: KubernetesObject, merged: readonly MergedConfigMap[]): KubernetesObject {
  const own = object.kind === "ConfigMap" ? merged.find(({ name }) => name === object.metadata.name) : undefined;
  return own === undefined ? object : { ...object, data: { ...(object.data as object), ...own.data } };
}

function replicaChanges(pairs: ReadonlyMap<KubernetesObject, KubernetesObject>): { name: string; count: number }[] {
  return [...pairs]
    .flatMap(([base, wanted]) => {
      if (![...builtInReplicaPaths, ...replicaPaths].some((spec) => appliesTo(spec, base))) return [];
      const count = (object: KubernetesObject) => (object.spec as { replicas?: number } | undefined)?.replicas;
      const target = count(wanted);
      return target === undefined || count(base) === undefined || target === count(base)
        ? []
        : [{ name: base.metadata.name, count: target }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Image changes that hold for every place where the image occurs; others are left to patches. */
function imageChanges(
  pairs: ReadonlyMap<KubernetesObject, KubernetesObject>,
  after: readonly KubernetesObject[],
): ImageChange[] {
  const all = after.flatMap((object) => [...images(object).values()]);
  const wantedByName = new Map<string, Set<string>>();
  const baseByName = new Map<string, string>();
  for (const [base, wanted] of pairs)
    for (const [place, image] of images(base)) {
      const target = images(wanted).get(place);
      const { name } = parseImage(image);
      baseByName.set(name, image);
      if (target !== undefined) wantedByName.set(name, (wantedByName.get(name) ?? new Set()).add(target));
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
    .sort((a, b) => (a.name < b.name ? -1 : 1));
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

/** Equal operations become one patch with a target that selects exactly these objects. */
function group(
  changes: readonly { object: KubernetesObject; operations: readonly Operation[] }[],
  all: readonly KubernetesObject[],
): Patch[] {
  const groups = new Map<string, { objects: KubernetesObject[]; operations: readonly Operation[] }>();
  for (const { object, operations } of changes) {
    const key = JSON.stringify(operations);
    const existing = groups.get(key);
    if (existing !== undefined && exact([...existing.objects, object], all)) existing.objects.push(object);
    else
      groups.set(existing === undefined ? key : `${key}${object.kind}${object.metadata.name}`, {
        objects: [object],
        operations,
      });
  }
  return [...groups.values()].map(({ objects, operations }) => ({
    kinds: [...new Set(objects.map(({ kind }) => kind))].sort(),
    names: [...new Set(objects.map(({ metadata }) => metadata.name))].sort(),
    operations,
    object: objects[0]!,
  }));
}

/** Kinds x names must not select anything else. */
const exact = (objects: readonly KubernetesObject[], all: readonly KubernetesObject[]): boolean => {
  const kinds = new Set(objects.map(({ kind }) => kind));
  const names = new Set(objects.map(({ metadata }) => metadata.name));
  return all.filter(({ kind, metadata }) => kinds.has(kind) && names.has(metadata.name)).length === objects.length;
};
