import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "../tools/kustomize.ts";

/**
 * What an operator meets: pods that are replaced, Jobs that run again, objects that come, go or change without either; Secrets that
 * somebody has to bring, and those that nobody reads any more.
 */
export type Meets = "rolls" | "runs" | "comes" | "goes" | "changes" | "asks" | "leaves";

/** One kind of difference between two trees, with the instances that it concerns. */
export interface Difference {
  readonly meets: Meets;
  /** `Job/*-db-contract`: the kind, and the name with `*` for the instance's; of a change its field too. */
  readonly what: string;
  readonly in: readonly string[];
}

/** Objects of one cluster as two generators made them. */
export interface Pair {
  readonly cluster: string;
  readonly before: readonly KubernetesObject[];
  readonly after: readonly KubernetesObject[];
}

/** All differences, each kind once, sorted. */
export function differencesOf(pairs: readonly Pair[]): Difference[] {
  const found = pairs.flatMap(({ cluster, before, after }) => {
    const [old, own] = [byName(before), byName(after)];
    return [...new Set([...old.keys(), ...own.keys()])].flatMap((key) =>
      meetings(old.get(key), own.get(key)).map((meeting) => ({ ...meeting, cluster })),
    );
  });
  const kinds = Map.groupBy(found, ({ meets, what }) => `${meets} ${what}`);
  return [...kinds.values()]
    .map((all) => ({
      meets: all[0]!.meets,
      what: all[0]!.what,
      in: [...new Set(all.map(({ cluster, instance }) => `${cluster}/${instance}`))].sort(),
    }))
    .sort(byMeeting);
}

/** The order of changes.yaml. */
export const byMeeting = (a: Difference, b: Difference): number =>
  `${a.meets} ${a.what}` < `${b.meets} ${b.what}` ? -1 : 1;

/** Secrets of each cluster as `namespace/name` -> keys, before and after; the place is the namespace. */
export function secretDifferences(
  clusters: readonly { readonly cluster: string; readonly before: Secrets; readonly after: Secrets }[],
): Difference[] {
  const found = clusters.flatMap(({ cluster, before, after }) => {
    const lacking = (one: Secrets, other: Secrets) =>
      Object.keys(one).filter((id) => !isDeepStrictEqual(one[id], other[id]));
    const as = (meets: Meets) => (id: string) => {
      const [namespace, name] = id.split("/");
      return { meets, what: `Secret/${name}`, in: `${cluster}/${namespace}` };
    };
    return [...lacking(after, before).map(as("asks")), ...lacking(before, after).map(as("leaves"))];
  });
  const kinds = Map.groupBy(found, ({ meets, what }) => `${meets} ${what}`);
  return [...kinds.values()].map((all) => ({
    meets: all[0]!.meets,
    what: all[0]!.what,
    in: all.map((each) => each.in).sort(),
  }));
}
export type Secrets = Readonly<Record<string, readonly string[]>>;

interface Meeting {
  readonly meets: Meets;
  readonly what: string;
  readonly instance: string;
}

/** How one object that was, that is, or both, meets the operator. */
function meetings(before: KubernetesObject | undefined, after: KubernetesObject | undefined): Meeting[] {
  const object = (after ?? before)!;
  const meet = (meets: Meets, fields = ""): Meeting => ({
    meets,
    what: `${object.kind}/${generalName(object)}${fields}`,
    instance: instanceOf(object),
  });
  if (before === undefined) return [meet("comes")];
  if (after === undefined) return [meet("goes")];
  // A Job is called after its template: under another name it runs once more, and its other fields are new with it.
  if (object.kind === "Job" && before.metadata.name !== after.metadata.name) return [meet("runs")];
  const changed = changedFields(before, after).filter(
    (field) => object.kind !== "ConfigMap" || field !== "metadata.name",
  );
  const others = changed.filter((field) => field !== "spec.template");
  return [
    ...(others.length < changed.length ? [meet("rolls")] : []),
    ...others.map((field) => meet("changes", ` ${field}`)),
  ];
}

/** Fields that differ, of the first two levels: `spec.template`, `metadata.labels`. */
function changedFields(before: KubernetesObject, after: KubernetesObject): string[] {
  const differing = (one: object, other: object): string[] =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
      (key) => !isDeepStrictEqual(one[key as keyof object], other[key as keyof object]),
    );
  return differing(before, after)
    .flatMap((key) => {
      const [one, other] = [before[key], after[key]];
      return isMap(one) && isMap(other) ? differing(one, other).map((inner) => `${key}.${inner}`) : [key];
    })
    .sort();
}

const isMap = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields that the API server refuses to change, or that an operator cannot bring about; as sentences about the objects. */
export function refusedIn({ cluster, before, after }: Pair): string[] {
  const own = new Map(after.map((object) => [nameOf(object), object]));
  return before.flatMap((old) => {
    const object = own.get(nameOf(old));
    const fixed = unchangeable[old.kind];
    return object === undefined || fixed === undefined || isDeepStrictEqual(fixed(old), fixed(object))
      ? []
      : [`${cluster}: ${nameOf(old)} cannot become what it is to be`];
  });
}

/** The parts of an object that stay as they were made, by kind. https://kubernetes.io/docs/reference/kubernetes-api/ */
const unchangeable: Readonly<Record<string, (object: KubernetesObject) => unknown>> = {
  Deployment: ({ spec }) => pick(spec, ["selector"]),
  DaemonSet: ({ spec }) => pick(spec, ["selector"]),
  // https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/: all but these.
  StatefulSet: ({ spec }) =>
    omit(spec, [
      ...["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit"],
      ...["persistentVolumeClaimRetentionPolicy", "minReadySeconds"],
    ]),
  Job: ({ spec }) => pick(spec, ["selector", "template", "completions", "completionMode", "podFailurePolicy"]),
  Service: ({ spec }) => pick(spec, ["clusterIP"]),
  PersistentVolumeClaim: ({ spec }) => omit(spec, ["resources", "volumeAttributesClassName"]),
  RoleBinding: ({ roleRef }) => roleRef,
  ClusterRoleBinding: ({ roleRef }) => roleRef,
  ConfigMap: ({ immutable, data }) => (immutable === true ? data : undefined),
  Secret: ({ immutable, data, stringData }) => (immutable === true ? [data, stringData] : undefined),
};

const pick = (from: unknown, keys: readonly string[]): unknown =>
  Object.fromEntries(Object.entries(from as object).filter(([key]) => keys.includes(key)));

const omit = (from: unknown, keys: readonly string[]): unknown =>
  Object.fromEntries(Object.entries(from as object).filter(([key]) => !keys.includes(key)));

/** Names of the objects that neither engine takes away. */
export const kept = (objects: readonly KubernetesObject[]): string[] =>
  objects.filter((object) => annotationsOf(object)["kustomize.toolkit.fluxcd.io/prune"] === "disabled").map(nameOf);

/** `apps Deployment services/glance-api`. A version of the API is not a part of an object's name. */
export const nameOf = ({ apiVersion, kind, metadata }: KubernetesObject): string =>
  `${apiVersion.includes("/") ? apiVersion.split("/")[0] : "core"} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

const byName = (objects: readonly KubernetesObject[]): Map<string, KubernetesObject> =>
  new Map(
    objects.map((object) => [
      nameOf({ ...object, metadata: { ...object.metadata, name: withoutHash(object) } }),
      object,
    ]),
  );

/** The name of a Job or ConfigMap without what follows from its contents; an instance's suffix comes behind a Job's. */
const withoutHash = ({ kind, metadata: { name } }: KubernetesObject): string =>
  kind === "Job"
    ? name.replace(/-[0-9a-f]{7}(?=-|$)/, "")
    : kind === "ConfigMap"
      ? name.replace(/-[bcdfghkmt2456789]{10}$/, "")
      : name;

/** A name with `*` for the component's, without the instance's suffix: `*-db-contract`. */
function generalName(object: KubernetesObject): string {
  const instance = instanceOf(object);
  const component = labelsOf(object)["app.kubernetes.io/name"] ?? instance;
  const suffix = instance.startsWith(component) ? instance.slice(component.length) : "";
  const name = withoutHash(object);
  const plain = suffix !== "" && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  return plain.startsWith(component) ? `*${plain.slice(component.length)}` : plain;
}

/** The instance that an object is of; of what an engine reads, the step or the Application. */
const instanceOf = (object: KubernetesObject): string =>
  labelsOf(object)["app.kubernetes.io/instance"] ?? withoutHash(object);

const labelsOf = ({ metadata }: KubernetesObject): Record<string, string> =>
  (metadata.labels ?? {}) as Record<string, string>;

const annotationsOf = ({ metadata }: KubernetesObject): Record<string, string> =>
  (metadata.annotations ?? {}) as Record<string, string>;
