import { byName } from "../base/data.ts";
import { type KubernetesObject, ownerLabels } from "../contract/kubernetes.ts";
import { keepAnnotations } from "../kit/names.ts";
import type { Model } from "../model/model.ts";

/**
 * The StorageClasses that instances make, and VolumeSnapshotClasses where the cluster knows what these are. They wait for nothing: a volume of one is made when its driver is there. They stay when they
 * leave Git, since volumes that are there are enlarged by what their class says.
 */
export const storageClassObjects = ({ instances, spec: { profile, kubernetes } }: Model): KubernetesObject[] =>
  [
    ...instances.flatMap(({ name, component, spec: { options } }) =>
      objects("storage.k8s.io/v1", "StorageClass", name, component.storageClasses?.({ options, profile })),
    ),
    ...instances.flatMap(({ name, component, spec: { options } }) =>
      kubernetes.snapshots
        ? objects("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", name, component.snapshotClasses?.({ options }))
        : [],
    ),
  ].sort((one, other) => byName(one.metadata, other.metadata));

const objects = (
  apiVersion: string,
  kind: string,
  instance: string,
  classes: Readonly<Record<string, object>> = {},
): KubernetesObject[] =>
  Object.entries(classes).map(([name, fields]) => ({
    apiVersion,
    kind,
    metadata: {
      name,
      annotations: { ...keepAnnotations },
      labels: { ...ownerLabels(), "app.kubernetes.io/instance": instance },
    },
    ...fields,
  }));
