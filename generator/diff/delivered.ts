import { parseAllDocuments } from "yaml";
import { isMap } from "../base/data.ts";
import { overlayFolder } from "../base/layout.ts";
import { type KubernetesObject, type Phase, phases } from "../contract/kubernetes.ts";
import { stepsOf, writeDelivery } from "../delivery/write.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { canonicalJson } from "../kit/hash.ts";
import { builtObjects, plainObjects } from "../kustomize/hash.ts";
import { plainName } from "../render/patches.ts";

/** An object as the engine applies it. */
export interface Delivered {
  /** The instance that it is of; `flux`, `argocd`, or what the instances share: `namespaces`, `secrets`. */
  readonly of: string;
  /**
   * Kind, namespace and name: `Deployment openstack-services/glance-api`, `User.rabbitmq.com openstack-services/glance`: what is not
   * Kubernetes' own has its group. Without hashes, so that it is the same object after an edit.
   */
  readonly id: string;
  /** Names of ConfigMaps in it have no hash. */
  readonly object: KubernetesObject;
  /** Its pod template as the engine applies it, keys sorted, names of ConfigMaps with their hashes: with another one its pods are others. */
  readonly template: string | undefined;
  /** Of an instance's object. */
  readonly phase?: Phase;
}

/** All objects of a rendered cluster, in the order of their instances. */
export function deliveredBy({ name, model, rendered }: Cluster): Delivered[] {
  const { spec, instances } = model!;
  const plainNames = new Map<string, string>();
  const ofInstances = instances.flatMap((instance) => {
    return phases.flatMap((phase) => {
      const render = rendered!.renders.get(instance.name)![phase];
      const built = builtObjects(render, instance);
      return plainObjects(render, instance).map((object, index): Delivered => {
        const own = plainName(object, instance);
        plainNames.set(object.metadata.name, own);
        return { of: instance.name, object, id: idOf(object, own), template: templateOf(built[index]!), phase };
      });
    });
  });
  const folder = `${overlayFolder(name)}/`;
  const shared = objectsIn(rendered!.files, (path) => {
    const [of] = path.slice(folder.length).split("/");
    return instances.some((instance) => instance.name === of) ? undefined : of;
  });
  const steps = stepsOf(model!, rendered!.renders, rendered!.hasSecrets);
  const ofEngine = objectsIn(writeDelivery(model!, steps), () => spec.delivery.engine);
  return [...ofInstances, ...shared, ...ofEngine.map((each) => withoutHashes(each, plainNames))];
}

/** Objects in files; `whose` says what a file is of, or that it is not looked at. */
export const objectsIn = (
  files: ReadonlyMap<string, string>,
  whose: (path: string) => string | undefined,
): Delivered[] =>
  [...files].flatMap(([path, text]) => {
    const of = path.endsWith("/kustomization.yaml") ? undefined : whose(path);
    if (of === undefined) return [];
    const objects: unknown[] = parseAllDocuments(text).map((document) => document.toJS());
    return objects.filter(isObject).map((object) => {
      return { of, object, id: idOf(object, object.metadata.name), template: undefined };
    });
  });

const isObject = (value: unknown): value is KubernetesObject =>
  isMap(value) && typeof value.kind === "string" && isMap(value.metadata);

const withPods = ["DaemonSet", "Deployment", "Job", "StatefulSet"];
export function templateOf({ kind, spec }: KubernetesObject): string | undefined {
  if (!isMap(spec)) return undefined;
  return kind === "CronJob"
    ? canonicalJson(spec.jobTemplate)
    : withPods.includes(kind)
      ? canonicalJson(spec.template)
      : undefined;
}

export const idOf = (object: KubernetesObject, name: string): string => {
  const { namespace } = object.metadata;
  return `${typeOf(object)} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
};

/** `Deployment`, `MariaDB.k8s.mariadb.com`: two operators may have a kind of the same name. */
const typeOf = ({ apiVersion, kind }: KubernetesObject): string => {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
  return kubernetesOwn.test(group) ? kind : `${kind}.${group}`;
};

/** https://kubernetes.io/docs/reference/using-api/#api-groups; Gateway API and the like are definitions of custom resources. */
const kubernetesOwn =
  /^(?:|apps|autoscaling|batch|policy|(?:networking|rbac\.authorization|scheduling|storage)\.k8s\.io)$/;

/** Steps of the engine name the Jobs that they wait for, with their hashes. */
export function withoutHashes(found: Delivered, plainNames: ReadonlyMap<string, string>): Delivered {
  const { spec } = found.object;
  if (!isMap(spec) || !Array.isArray(spec.healthChecks)) return found;
  const healthChecks = spec.healthChecks.map((check) => ({ ...check, name: plainNames.get(check.name) ?? check.name }));
  return { ...found, object: { ...found.object, spec: { ...spec, healthChecks } } };
}
