import type { Component, Endpoint } from "../../generator/contract/component.ts";
import { type KubernetesObject, phases } from "../../generator/contract/kubernetes.ts";
import { withHashes } from "../../generator/kustomize/hash.ts";
import { parseObjects } from "../tools/kustomize.ts";
import type { Rendered } from "./cases.ts";
import { perCluster } from "./per-cluster.ts";

/** Pods that an object brings about, as selectors and policies see them. */
export interface Pods {
  /** `Deployment glance-api` */
  readonly owner: string;
  readonly instance: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent where an operator makes the pods. */
  readonly spec?: PodSpec;
  /** Where it says what the pods keep away from. */
  readonly spreading: unknown;
}
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly hostPath?: object }[];
  readonly hostNetwork?: true;
  readonly hostPID?: true;
}
export interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [field: string]: unknown;
}

/** An object and the instance that it belongs to; empty for what all instances share. */
export interface Owned {
  readonly instance: string;
  readonly object: KubernetesObject;
}

/** Every object of a cluster as an engine applies it. */
export const objectsOf = perCluster(({ model, rendered }: Rendered): readonly Owned[] => {
  const shared = [...rendered.files].filter(
    ([path]) =>
      /^overlays\/[^/]+\/(namespaces|gateway-class|secrets|certificates|storage-classes)\//.test(path) &&
      !path.endsWith("kustomization.yaml"),
  );
  return [
    ...shared.flatMap(([, text]) =>
      parseObjects(text).map((object) => ({ instance: "", object: object as KubernetesObject })),
    ),
    ...model.instances.flatMap(({ name, namespace }) =>
      phases.flatMap((phase) => {
        const { objects, configMaps } = rendered.renders.get(name)![phase];
        return withHashes(objects, configMaps, { namespace }).map((object) => ({ instance: name, object }));
      }),
    ),
  ];
});

/**
 * The same with each main configuration file as the service reads it: an option of the base is nothing when a later file
 * of the directory says otherwise. The later files are then empty.
 */
export const effectiveObjectsOf = perCluster((cluster: Rendered): readonly Owned[] =>
  withEffectiveOptions(objectsOf(cluster), cluster),
);

const withEffectiveOptions = (objects: readonly Owned[], { model }: Rendered): Owned[] =>
  objects.map(({ instance, object }) => {
    const { component } = model.instances.find(({ name }) => name === instance) ?? {};
    const [etc, confD] = [`${component?.name}-etc`, `${component?.name}-conf-d`];
    const isLayer = (other: Owned): boolean =>
      other.instance === instance && other.object.kind === "ConfigMap" && other.object.metadata.name.startsWith(confD);
    const main = component?.conf;
    if (object.kind !== "ConfigMap" || main === undefined) return { instance, object };
    if (isLayer({ instance, object })) return { instance, object: { ...object, data: {} } };
    if (!object.metadata.name.startsWith(etc)) return { instance, object };
    const data = object.data as Record<string, string>;
    const layers = objects.filter(isLayer).flatMap((layer) => Object.entries((layer.object.data ?? {}) as object));
    const options = new Map([data[main]!, ...layers.sort().map(([, text]) => text as string)].flatMap(optionsOf));
    return { instance, object: { ...object, data: { ...data, [main]: [...options.values()].join("\n") } } };
  });

/** Lines of an ini file by group and option. */
function optionsOf(text: string): [string, string][] {
  let group = "";
  return text.split("\n").flatMap((line): [string, string][] => {
    if (line.startsWith("[")) group = line;
    const option = /^(\S+) = /.exec(line)?.[1];
    return option === undefined ? [] : [[`${group} ${option}`, line]];
  });
}

/** The pods of a cluster, those included that operators make. */
export const podsOf = perCluster((objects: readonly Owned[]): readonly Pods[] =>
  objects.flatMap(({ instance, object }): Pods[] => {
    const template = templateOf(object);
    if (template === undefined) return [];
    const { kind, metadata } = object;
    return [{ owner: `${kind} ${metadata.name}`, instance, namespace: metadata.namespace!, ...template }];
  }),
);

/** Endpoints that pods answer at: those of the role of their Deployment, or of one whose pods an operator makes. */
export const endpointsAt = ({ owner, spec }: Pods, { name, roles, endpoints = {} }: Component): Endpoint[] =>
  Object.values(endpoints).filter(({ role }) =>
    roles[role]?.podLabels === undefined ? owner.startsWith(`Deployment ${name}-${role}`) : spec === undefined,
  );

interface Template {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec?: PodSpec;
  readonly spreading: unknown;
}

/** What the operators put on their pods: mariadb-operator 25.10, RabbitMQ's cluster operator 2.20 and Rook 1.20. */
function templateOf({ kind, metadata: { name }, spec }: KubernetesObject): Template | undefined {
  const read = <T>(path: string): T | undefined =>
    path.split(".").reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], spec) as T;
  const template = (path: string): Template => ({
    labels: read<Record<string, string>>(`${path}.metadata.labels`) ?? {},
    spec: read<PodSpec>(`${path}.spec`)!,
    spreading: spec,
  });
  switch (kind) {
    case "DaemonSet":
    case "Deployment":
    case "StatefulSet":
    case "Job":
      return template("template");
    case "CronJob":
      return template("jobTemplate.spec.template");
    case "MariaDB":
      return {
        labels: {
          ...read<object>("podMetadata.labels"),
          "app.kubernetes.io/instance": name,
          "app.kubernetes.io/name": "mariadb",
        },
        spreading: spec,
      };
    case "PhysicalBackup":
      return { labels: read<Record<string, string>>("podMetadata.labels") ?? {}, spreading: undefined };
    case "RabbitmqCluster":
      return {
        labels: {
          "app.kubernetes.io/component": "rabbitmq",
          "app.kubernetes.io/name": name,
          "app.kubernetes.io/part-of": "rabbitmq",
          ...read<object>("override.statefulSet.spec.template.metadata.labels"),
        },
        spreading: spec,
      };
    case "CephObjectStore":
      return {
        labels: {
          app: "rook-ceph-rgw",
          "app.kubernetes.io/component": "cephobjectstores.ceph.rook.io",
          "app.kubernetes.io/instance": name,
          "app.kubernetes.io/name": "ceph-rgw",
          rook_object_store: name,
          ...read<object>("gateway.labels"),
        },
        spreading: read<object>("gateway.placement"),
      };
    default:
      return undefined;
  }
}

/** A label selector as Kubernetes reads it. */
export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** True when labels satisfy every part of a selector. */
export const selects = (
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values = [] }) => {
    switch (operator) {
      case "In":
        return labels[key] !== undefined && values.includes(labels[key]);
      // Also where the label is missing: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
      case "NotIn":
        return labels[key] === undefined || !values.includes(labels[key]);
      case "Exists":
        return key in labels;
      case "DoesNotExist":
        return !(key in labels);
      default:
        throw new Error(`the operator ${operator} has no meaning here yet`);
    }
  });

/** All containers of a pod. */
export const containersOf = ({ spec }: Pods): readonly Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
];
