import type { KubernetesObject } from "../tools/kustomize.ts";
import type { ControlPlane } from "./control-plane.ts";

/** Kinds that generated objects are of and that the engines apply. */
const kinds = [
  ...[
    "configmaps",
    "cronjobs",
    "deployments",
    "httproutes",
    "jobs",
    "networkpolicies",
    "poddisruptionbudgets",
    "roles",
  ],
  ...["rolebindings", "secrets", "serviceaccounts", "services", "statefulsets"],
  ...["databases", "grants", "mariadbs", "users", "connections"].map((kind) => `${kind}.k8s.mariadb.com`),
  ...["rabbitmqclusters", "permissions", "users", "vhosts"].map((kind) => `${kind}.rabbitmq.com`),
];

/** An object of the API as far as the tests look at it. */
export interface Live {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Objects of all namespaces, by the plural of their kind. */
export const list = (cluster: ControlPlane, plural: string, selector = ""): Promise<Live[]> =>
  cluster.list(plural, selector) as Promise<Live[]>;

const ours = "app.kubernetes.io/managed-by=overstack";

/** Objects that come from the repository; what a CronJob makes at its hour, with the labels of its template, does not. */
const committed = async (cluster: ControlPlane, plural: string, selector = ours): Promise<Live[]> =>
  (await list(cluster, plural, selector)).filter(({ metadata }) => metadata.ownerReferences === undefined);

/**
 * The state of every object that comes from the repository, without those of a kind that the cluster does not know: two are
 * equal when nothing was touched in between.
 */
export async function snapshot(cluster: ControlPlane, without?: string): Promise<Record<string, string>> {
  const plurals = kinds.filter((plural) => plural !== without);
  const objects = await Promise.all(plurals.map((plural) => committed(cluster, plural)));
  return Object.fromEntries(
    objects.flat().map(({ kind, metadata }) => [
      `${kind} ${metadata.namespace}/${metadata.name}`,
      // A status does not count as a change; the kinds without one have no generation.
      `${metadata.uid} ${metadata.generation ?? metadata.resourceVersion}`,
    ]),
  );
}

/** What else comes from the repository and holds no pods: kinds that no snapshot has asked for. */
const further = ["horizontalpodautoscalers", "namespaces", "persistentvolumeclaims", "policies.rabbitmq.com"];

/**
 * Every object that comes from the repository, as the API server holds it, without what is said of it: one that was made again
 * has another uid.
 */
export async function everything(cluster: ControlPlane): Promise<KubernetesObject[]> {
  const objects = await Promise.all([...kinds, ...further].map((plural) => committed(cluster, plural)));
  return objects.flat().map(({ status: _, ...object }) => {
    const { name, namespace, uid, labels } = object.metadata;
    return { ...object, metadata: { name, namespace, uid, labels } } as unknown as KubernetesObject;
  });
}

/** Names of what was made, changed and deleted between two snapshots. */
export function changes(before: Record<string, string>, after: Record<string, string>) {
  return {
    made: Object.keys(after).filter((key) => !(key in before)),
    changed: Object.keys(after).filter((key) => key in before && before[key] !== after[key]),
    deleted: Object.keys(before).filter((key) => !(key in after)),
  };
}

/** Jobs of an instance by name, with the number of times that each has succeeded. */
export const jobsOf = async (cluster: ControlPlane, instance: string): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await committed(cluster, "jobs", `${ours},app.kubernetes.io/instance=${instance}`)).map(({ metadata, status }) => [
      metadata.name,
      status?.succeeded ?? 0,
    ]),
  );

/** Pods that a Deployment or a StatefulSet keeps, sorted, each with what tells it from one of the same name before it. */
export async function podsThatServe(cluster: ControlPlane): Promise<string[]> {
  const owners = ["ReplicaSet", "StatefulSet"];
  return (await list(cluster, "pods"))
    .filter(({ metadata }) =>
      owners.includes((metadata.ownerReferences as { kind: string }[] | undefined)?.[0]?.kind ?? ""),
    )
    .map(({ metadata: { namespace, name, uid } }) => `${namespace}/${name} ${uid}`)
    .sort();
}

/** Names of the Deployments that have a pod which is ready. */
export const serving = async (cluster: ControlPlane): Promise<string[]> =>
  (await list(cluster, "deployments")).flatMap(({ metadata, status }) =>
    Number(status?.readyReplicas ?? 0) > 0 ? [metadata.name] : [],
  );

interface Template {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

/** Image of a workload's first container. */
export const imageIn = ({ spec }: Live): string => (spec!.template as Template).spec.containers[0]!.image;

/** The same of a Deployment by name. */
export const imageOf = async (cluster: ControlPlane, deployment: string): Promise<string> =>
  imageIn((await list(cluster, "deployments")).find(({ metadata }) => metadata.name === deployment)!);

/** Says for the kubelet that a pod does, or does not, answer its readiness probe. */
export async function setReady(cluster: ControlPlane, pod: string, status: "True" | "False"): Promise<void> {
  const [found] = (await list(cluster, "pods")).filter(({ metadata }) => metadata.name === pod);
  const conditions = ["Ready", "ContainersReady"].map((type) => ({ type, status }));
  const patch = JSON.stringify({ status: { conditions } });
  cluster.kubectl("-n", found!.metadata.namespace, "patch", "pod", pod, "--subresource=status", "--patch", patch);
}
