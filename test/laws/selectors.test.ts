import { law, type Rendered } from "./cases.ts";
import { containersOf, type Owned, objectsOf, type Pods, podsOf, type Selector, selects } from "./objects.ts";

law("labels and ports find what they are meant for", lost);

/** Everything that is selected wrongly, as sentences. */
function lost(cluster: Rendered): string[] {
  const objects = objectsOf(cluster);
  const pods = podsOf(objects);
  return [
    ...objects.flatMap((owned) => [...checkService(owned, pods), ...checkScope(owned, pods)]),
    ...pods.flatMap((pod) => [...checkSpreading(pod), ...checkProbes(pod)]),
    ...checkBudgets(objects, pods),
  ];
}

/** A Service leads to the pods of one workload of its own instance, each of which has the port. */
function* checkService({ instance, object: { kind, metadata, spec } }: Owned, pods: readonly Pods[]): Iterable<string> {
  if (kind !== "Service") return;
  // One that gives pods their names has no ports.
  const { selector, ports = [] } = spec as { selector: Record<string, string>; ports?: { targetPort: string }[] };
  const found = pods.filter(
    (pod) => pod.namespace === metadata.namespace && selects({ matchLabels: selector }, pod.labels),
  );
  if (found.length !== 1 || found[0]!.instance !== instance)
    yield `Service ${metadata.name} leads to ${found.map(({ owner }) => owner).join(", ") || "nothing"}`;
  // Where an operator makes the pods, it says what they listen at.
  for (const pod of found.filter((each) => each.spec !== undefined))
    for (const { targetPort } of ports)
      if (!containersOf(pod).some(({ ports: open = [] }) => open.some(({ name }) => name === targetPort)))
        yield `Service ${metadata.name} asks ${pod.owner} for the port ${targetPort}`;
}

/** A budget or policy is about pods of its own instance, and a workload selects its own pods alone. */
function* checkScope({ instance, object: { kind, metadata, spec } }: Owned, pods: readonly Pods[]): Iterable<string> {
  const { selector, podSelector } = (spec ?? {}) as { selector?: Selector; podSelector?: Selector };
  const wanted = {
    DaemonSet: selector,
    Deployment: selector,
    NetworkPolicy: podSelector,
    PodDisruptionBudget: selector,
    StatefulSet: selector,
  }[kind];
  if (wanted === undefined) return;
  const found = pods.filter((pod) => pod.namespace === metadata.namespace && selects(wanted, pod.labels));
  // Policies of a namespace are about pods that are nobody's.
  if (kind === "NetworkPolicy" && instance === "" && found.length === 0) return;
  const isWorkload = ["DaemonSet", "Deployment", "StatefulSet"].includes(kind);
  const meant = isWorkload ? pods.filter(({ owner }) => owner === `${kind} ${metadata.name}`) : found;
  if (found.length === 0 || found.some((pod) => pod.instance !== instance || !meant.includes(pod)))
    yield `${kind} ${metadata.name} selects ${found.map(({ owner }) => owner).join(", ") || "nothing"}`;
}

/** Replicas keep away from their own kind: the selectors of a pod's affinity and spread are true of the pod itself. */
function* checkSpreading({ owner, labels, spreading }: Pods): Iterable<string> {
  for (const selector of selectorsIn(spreading))
    if (!selects(selector, labels)) yield `${owner} keeps away from ${JSON.stringify(selector)}, which it is not`;
}

const selectorsIn = (value: unknown): Selector[] =>
  value === null || typeof value !== "object"
    ? []
    : Object.entries(value).flatMap(([key, item]) =>
        key === "labelSelector" ? [item as Selector] : selectorsIn(item),
      );

/** A probe that names a port asks the container for one that it has. */
function* checkProbes(pod: Pods): Iterable<string> {
  for (const container of containersOf(pod))
    for (const port of portsIn([container.startupProbe, container.livenessProbe, container.readinessProbe]))
      if (!(container.ports ?? []).some(({ name }) => name === port))
        yield `${pod.owner}: ${container.name} is probed at the port ${port}`;
}

const portsIn = (value: unknown): unknown[] =>
  value === null || typeof value !== "object"
    ? []
    : Object.entries(value).flatMap(([key, item]) => (key === "port" ? [item] : portsIn(item)));

/** What serves is guarded against evictions by one budget: the API server evicts no pod that two of them select. */
function* checkBudgets(objects: readonly Owned[], pods: readonly Pods[]): Iterable<string> {
  const budgets = objects.filter(({ object }) => object.kind === "PodDisruptionBudget");
  for (const { owner, namespace, labels } of pods) {
    const found = budgets.filter(
      ({ object: { metadata, spec } }) =>
        metadata.namespace === namespace && selects((spec as { selector: Selector }).selector, labels),
    );
    // mariadb-operator makes a budget of its own.
    const wanted = /^(Deployment|StatefulSet|RabbitmqCluster|CephObjectStore) /.test(owner) ? 1 : 0;
    if (found.length !== wanted) yield `${owner} has ${found.length} budgets instead of ${wanted}`;
  }
}
