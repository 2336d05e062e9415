import { requiredSecrets } from "../../generator/render/secrets.ts";
import { law, type Rendered } from "./cases.ts";
import { effectiveObjectsOf } from "./objects.ts";
import { classes, identity, madeBy, referencesOf } from "./references.ts";

law("what an object names is there, or is known to come from outside", dangling);

/** References that lead nowhere, as sentences. */
function dangling(cluster: Rendered): string[] {
  const objects = effectiveObjectsOf(cluster);
  const { dnsDomain } = cluster.model.spec.kubernetes;
  const there = new Set([...objects.flatMap(({ object }) => madeBy(object, dnsDomain)), ...outside(cluster)]);
  return objects.flatMap(({ object }) =>
    referencesOf(object, object.metadata.namespace)
      .filter(({ id }) => !there.has(id))
      .map(({ id, path }) => `${object.kind}/${object.metadata.name} names ${id} at ${path}`),
  );
}

/** What is not made from cluster.yaml: what it names itself, and the Secrets that the operator is told to provide. */
function outside({ model }: Rendered): string[] {
  const { spec, instances, namespaces } = model;
  const everywhere = (kind: string, names: readonly string[]) =>
    namespaces.flatMap(({ name: namespace }) => names.map((name) => identity(kind, namespace, name)));
  return [
    ...requiredSecrets(model).flatMap(({ namespace, name, keys }) => [
      identity("Secret", namespace, name),
      ...Object.keys(keys).map((key) => identity("Secret", namespace, name, key)),
    ]),
    // Kubernetes puts the CA of its API into every namespace.
    ...everywhere("ConfigMap", ["kube-root-ca.crt"]),
    // It has these: https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/
    ...["node", "cluster"].map((scope) => identity(classes.priorityClassName!, undefined, `system-${scope}-critical`)),
    ...everywhere("ConfigMap", spec.trustedCa === undefined ? [] : [spec.trustedCa]),
    ...instances.flatMap(({ connections, reach, namespace }) =>
      [...connections, ...reach].flatMap(({ authority = [] }) =>
        [authority].flat().map((name) => identity("ConfigMap", namespace, name)),
      ),
    ),
    ...(spec.access.gateway === undefined
      ? []
      : [identity("Gateway", spec.access.gateway.namespace, spec.access.gateway.name)]),
    ...instances.flatMap(({ spec: { common, options }, namespace }) =>
      referencesOf([common, options], namespace).map(({ id }) => id),
    ),
    ...(spec.internal.issuer === undefined
      ? []
      : [
          identity("ClusterIssuer", undefined, spec.internal.issuer.name),
          identity("Issuer", "rabbitmq-system", spec.internal.issuer.name),
          ...everywhere("Issuer", [spec.internal.issuer.name]),
        ]),
    ...textsAt(spec, (key) => key === "storageClass" || key === "sharedStorageClass").map((name) =>
      identity(classes.storageClassName!, undefined, name),
    ),
  ];
}

/** Texts at any depth whose key satisfies the condition. */
const textsAt = (value: unknown, wanted: (key: string) => boolean): string[] =>
  value === null || typeof value !== "object"
    ? []
    : Object.entries(value).flatMap(([key, item]) =>
        typeof item === "string" ? (wanted(key) ? [item] : []) : textsAt(item, wanted),
      );
