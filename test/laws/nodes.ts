import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import type { Rendered } from "./cases.ts";
import { containersOf, objectsOf, type Pods, podsOf } from "./objects.ts";

/** Pods in a namespace that does not admit them, and what shares a namespace with privileged ones, as sentences. */
export function misplaced(cluster: Rendered): string[] {
  const objects = objectsOf(cluster);
  const levels = new Map(objects.flatMap(({ object }) => (object.kind === "Namespace" ? [levelOf(object)] : [])));
  const instances = cluster.model.instances.filter(({ namespace }) => levels.get(namespace) === "privileged");
  return [
    ...podsOf(objects).flatMap((pod) =>
      takesFromNode(pod) && levels.get(pod.namespace) !== "privileged"
        ? [`${pod.owner} is refused in ${pod.namespace}`]
        : [],
    ),
    ...instances.flatMap(({ name, namespace, component }) =>
      component.privilege === "privileged" ? [] : [`${name} lives in ${namespace}, together with what is privileged`],
    ),
  ];
}

const levelOf = ({ metadata: { name, labels = {} } }: KubernetesObject): [string, string | undefined] => [
  name,
  labels["pod-security.kubernetes.io/enforce"],
];

/** What the level `baseline` refuses, as far as our pods ask for it: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
const takesFromNode = (pod: Pods): boolean =>
  pod.spec?.hostNetwork === true ||
  pod.spec?.hostPID === true ||
  (pod.spec?.volumes ?? []).some(({ hostPath }) => hostPath !== undefined) ||
  containersOf(pod).some(
    ({ securityContext }) => (securityContext as { privileged?: boolean } | undefined)?.privileged,
  );

/** Address blocks of policies that are not networks of the nodes, or that are not needed, as sentences. */
export function misaddressed(cluster: Rendered): string[] {
  const { spec, instances } = cluster.model;
  const objects = objectsOf(cluster);
  const onNode = new Set(podsOf(objects).flatMap((pod) => (pod.spec?.hostNetwork ? [pod.instance] : [])));
  const wanted = (provider: string): readonly string[] =>
    instances.some(
      ({ name, connections }) => onNode.has(name) && connections.some(({ instance }) => instance === provider),
    )
      ? spec.kubernetes.nodeNetworks!
      : [];
  return objects.flatMap(({ instance, object: { kind, metadata, spec: policy } }) => {
    if (kind !== "NetworkPolicy" || !asksClients(policy)) return [];
    const blocks = blocksIn(policy);
    return blocks.join() === wanted(instance).join()
      ? []
      : [`${metadata.name} lets in ${blocks.join(", ") || "no block"}`];
  });
}

/** True of a policy that asks for the label of clients: one that is open to all or closed has no blocks. */
const asksClients = (policy: unknown): boolean => JSON.stringify(policy).includes("/client-of-");

const blocksIn = (value: unknown): string[] =>
  value === null || typeof value !== "object"
    ? []
    : Object.entries(value).flatMap(([key, item]) =>
        key === "ipBlock" ? [(item as { cidr: string }).cidr] : blocksIn(item),
      );
