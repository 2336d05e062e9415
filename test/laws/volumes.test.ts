import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { contextOf } from "../../generator/render/context.ts";
import { law, type Rendered } from "./cases.ts";
import { objectsOf } from "./objects.ts";

law("a later edit enlarges no volume of a StatefulSet unseen", unguarded);

/** Volumes of StatefulSets that an edit would enlarge without a word: the API server refuses that, and nothing else would be applied. */
function unguarded(cluster: Rendered): string[] {
  return cluster.model.instances.flatMap((instance) => {
    const templates = objectsOf(cluster)
      .filter(({ instance: of, object }) => of === instance.name && object.kind === "StatefulSet")
      .flatMap(
        ({ object }) => (object.spec as { volumeClaimTemplates?: readonly object[] }).volumeClaimTemplates ?? [],
      );
    const guards = (instance.component.data?.(contextOf(instance, cluster.model)) ?? []).filter(
      ({ rule, byHand }) => rule === "grow" && byHand !== undefined,
    );
    return templates.length === guards.length ? [] : [`${instance.name}: ${guards.length} of ${templates.length}`];
  });
}

law("where cluster.yaml names a class of volumes, no volume is of the cluster's default class", ofDefaultClass);

function ofDefaultClass(cluster: Rendered): string[] {
  if (cluster.model.spec.kubernetes.storageClass === undefined) return [];
  return objectsOf(cluster).flatMap(({ object }) =>
    classesOf(object).flatMap((name) => (name === undefined ? [`${object.kind}/${object.metadata.name}`] : [])),
  );
}

type Claim = { storageClassName?: string };

/** Class of each volume that is made for an object, by Kubernetes or by its operator. */
function classesOf(object: KubernetesObject): (string | undefined)[] {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the kind has
  const spec = ((object as any).spec ?? {}) as any;
  switch (object.kind) {
    case "PersistentVolumeClaim":
      return [spec.storageClassName];
    case "StatefulSet":
      return (spec.volumeClaimTemplates ?? []).map(({ spec: claim }: { spec: Claim }) => claim.storageClassName);
    case "RabbitmqCluster":
      return [spec.persistence?.storageClassName];
    case "MariaDB":
      return [
        spec.storage?.storageClassName,
        // mariadb-operator gives each member of Galera a second volume unless it is told otherwise.
        ...(spec.galera === undefined || spec.galera.config?.reuseStorageVolume === true
          ? []
          : [spec.galera.config?.volumeClaimTemplate?.storageClassName]),
      ];
    default:
      return [];
  }
}
