import type { KubernetesObject } from "../contract/kubernetes.ts";
import { asBuilt, type Goal, mergeInto, verify } from "./apply.ts";
import { diff, type Operation } from "./diff.ts";
import { configMapObject } from "./hash.ts";
import { imageChanges, replicaChanges } from "./native-fields.ts";
import { pair } from "./pair.ts";
import type { GeneratedConfigMap, MergedConfigMap, Overlay, Patch, PhaseRender } from "./rendering.ts";
import { rename, type Transformers, transform } from "./transform.ts";

/**
 * Computes the overlay that makes `wanted` out of `base`: native fields first, then the smallest patches. The result is
 * applied to the base in memory and compared; a difference is a defect of this module, not of the input.
 */
export function computeOverlay(base: PhaseRender, wanted: PhaseRender, goal: Goal): Overlay {
  const suffix = goal.nameSuffix ?? "";
  const before = objectsOf(base);
  const after = objectsOf(wanted);
  const pairs = pair(before, after, suffix);
  const removed = before.filter((object) => !pairs.some(({ base }) => base === object));
  const added = after
    .filter((object) => object.kind !== "ConfigMap" && !pairs.some(({ wanted }) => wanted === object))
    .map((object) => ({ object: pullBack(object, after, goal), wanted: object }));
  const configMaps = mergedConfigMaps(base, wanted, goal);
  const transformers: Transformers = {
    ...(goal.namespace === undefined ? {} : { namespace: goal.namespace }),
    ...(suffix === "" ? {} : { nameSuffix: suffix }),
    ...(goal.instance === undefined ? {} : { instance: goal.instance }),
    replicas: replicaChanges(pairs),
    images: imageChanges(pairs, after),
  };

  // Simulate the native fields alone; what then still differs is patched, on the objects as they stand before.
  const entering = [...pairs.map(({ base, wanted }) => ({ object: mergeInto(base, configMaps), wanted })), ...added];
  const simulated = transform(
    entering.map(({ object }) => object),
    transformers,
  );
  const changes = entering.flatMap(({ object, wanted }, index) => {
    const operations = diff(simulated[index], asBuilt(wanted, goal)).map((operation) => unsuffixed(operation, suffix));
    return operations.length === 0 ? [] : [{ object, operations }];
  });
  const overlay: Overlay = {
    ...transformers,
    configMaps,
    patches: [
      ...group(changes, [...before, ...added.map(({ object }) => object)]),
      ...removed.map(
        (object): Patch => ({ kinds: [object.kind], names: [object.metadata.name], operations: undefined, object }),
      ),
    ],
    added: added.map(({ object }) => object),
  };
  verify(overlay, before, after, goal);
  return overlay;
}

const objectsOf = ({ objects, configMaps }: PhaseRender): KubernetesObject[] => [
  ...objects,
  ...configMaps.map((map) => configMapObject(map)),
];

/** An added object in the form in which it enters the transformers: no namespace, no suffix, references alike. */
function pullBack(
  object: KubernetesObject,
  after: readonly KubernetesObject[],
  { namespace, nameSuffix = "" }: Goal,
): KubernetesObject {
  const stripped = rename(after, (name) =>
    name.endsWith(nameSuffix) ? name.slice(0, name.length - nameSuffix.length) : name,
  );
  const back = stripped[after.indexOf(object)]!;
  if (namespace === undefined) return back;
  const { namespace: _, ...metadata } = back.metadata;
  return { ...back, metadata };
}

/** A patched name is suffixed later: it is written without. */
const unsuffixed = (operation: Operation, suffix: string): Operation =>
  operation.path === "/metadata/name" &&
  typeof operation.value === "string" &&
  suffix !== "" &&
  operation.value.endsWith(suffix)
    ? { ...operation, value: operation.value.slice(0, -suffix.length) }
    : operation;

/** What the overlay's generators add to the ConfigMaps of the base, and those that the base does not have. */
const mergedConfigMaps = (base: PhaseRender, wanted: PhaseRender, goal: Goal): MergedConfigMap[] =>
  wanted.configMaps.flatMap((map) => {
    const suffix = goal.nameSuffix ?? "";
    return mergeOf(
      map,
      base.configMaps.find(({ name }) => `${name}${suffix}` === map.name),
      suffix,
      goal.shared,
    );
  });

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
