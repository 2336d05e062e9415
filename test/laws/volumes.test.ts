import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { law, type Rendered } from "./cases.ts";
import { objectsOf } from "./objects.ts";

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
