import { byName } from "../base/data.ts";
import { type KubernetesObject, ownerLabels } from "../contract/kubernetes.ts";
import { keepAnnotations } from "../kit/names.ts";
import type { Model } from "../model/model.ts";

/**
 * The StorageClasses that instances make. They wait for nothing: a volume of one is made when its driver is there. They stay when they
 * leave Git, since volumes that are there are enlarged by what their class says.
 */
export const storageClassObjects = ({ instances, spec: { profile } }: Model): KubernetesObject[] =>
  instances
    .flatMap(({ name: instance, component, spec }) =>
      Object.entries(component.storageClasses?.({ options: spec.options, profile }) ?? {}).map(([name, fields]) => ({
        name,
        object: {
          apiVersion: "storage.k8s.io/v1",
          kind: "StorageClass",
          metadata: {
            name,
            annotations: { ...keepAnnotations },
            labels: { ...ownerLabels(), "app.kubernetes.io/instance": instance },
          },
          ...fields,
        },
      })),
    )
    .sort(byName)
    .map(({ object }) => object);
