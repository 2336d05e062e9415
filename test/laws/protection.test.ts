import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { law, type Rendered } from "./cases.ts";
import { engineOf } from "./engine.ts";
import { loginsOf, userOf } from "./logins.ts";
import { objectsOf } from "./objects.ts";

law("what holds data is never pruned", exposed);

/** Deleting one of these deletes what people would miss. */
const kinds = [
  "Namespace",
  "PersistentVolumeClaim",
  "MariaDB",
  "RabbitmqCluster",
  "Database",
  "Vhost",
  "CephCluster",
  "CephBlockPool",
];

/** Objects with data, accounts in use, and custom resource definitions that an edit of Git would delete; as sentences. */
function exposed(cluster: Rendered): string[] {
  const users = new Set(
    loginsOf(cluster).flatMap(({ needs }) => {
      const group = needs.some((need) => need.startsWith("database ")) ? "k8s.mariadb.com" : "rabbitmq.com";
      return needs.filter((need) => need.startsWith("user ")).map((user) => `${group} ${user}`);
    }),
  );
  const isUsed = (object: KubernetesObject): boolean =>
    users.has(`${object.apiVersion.split("/")[0]} user ${userOf(object, cluster)}`);
  return [
    ...objectsOf(cluster).flatMap(({ object }) =>
      kinds.includes(object.kind) || isUsed(object) ? [...checkObject(object)] : [],
    ),
    ...checkOperators(cluster),
  ];
}

/** Either engine leaves it in the cluster, and so does its operator. */
function* checkObject({ apiVersion, kind, metadata, spec }: KubernetesObject): Iterable<string> {
  const { annotations = {}, name } = metadata;
  const { cleanupPolicy, deletionPolicy } = (spec ?? {}) as { cleanupPolicy?: string; deletionPolicy?: string };
  if (annotations["kustomize.toolkit.fluxcd.io/prune"] !== "disabled") yield `Flux prunes ${kind} ${name}`;
  const options = annotations["argocd.argoproj.io/sync-options"]?.split(",") ?? [];
  if (!options.includes("Prune=false") || !options.includes("Delete=false")) yield `Argo CD prunes ${kind} ${name}`;
  if (annotations["argocd.argoproj.io/compare-options"] !== "IgnoreExtraneous")
    yield `Argo CD is out of sync for good when Git no longer has ${kind} ${name}`;
  if (apiVersion.startsWith("k8s.mariadb.com/") && kind !== "MariaDB" && cleanupPolicy !== "Skip")
    yield `mariadb-operator drops ${kind} ${name}`;
  if (kind === "Vhost" && deletionPolicy !== "retain") yield `the topology operator deletes Vhost ${name}`;
}

/** With the definitions of custom resources their objects go, and with these what they stand for. */
function* checkOperators(cluster: Rendered): Iterable<string> {
  const { objects } = engineOf(cluster);
  for (const { kind, metadata, spec } of objects) {
    const charts = ["cert-manager", "gateway-helm", "mariadb-operator-crds", "rook-ceph"];
    const isOperator =
      spec.source?.repoURL !== undefined && spec.source.repoURL !== cluster.model.spec.delivery.repository;
    if (kind === "HelmRelease" && charts.includes(spec.chart!.spec.chart))
      if (metadata.annotations?.["kustomize.toolkit.fluxcd.io/prune"] !== "disabled")
        yield `Flux prunes ${metadata.name}`;
    if (kind === "Kustomization" && spec.sourceRef!.name === metadata.name && !spec.path!.includes(cluster.name))
      if (spec.prune !== false) yield `Flux prunes what ${metadata.name} applies`;
    if (
      kind === "Application" &&
      isOperator &&
      (spec.source!.chart === undefined || charts.includes(spec.source!.chart))
    )
      if (spec.syncPolicy!.automated?.prune !== false) yield `Argo CD prunes what ${metadata.name} applies`;
  }
}
