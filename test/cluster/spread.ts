import { expect } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { list } from "./observe.ts";
import { until } from "./processes.ts";

const zoneLabel = "topology.kubernetes.io/zone";
/** Members of these decide by majority; of the others one is enough to serve. */
const quorums = /^(?:mariadb|rabbitmq)(?!.* proxy$)/;

/**
 * Fails unless every service and every majority outlives the loss of any node and of any zone, as the real scheduler has
 * placed their pods, and unless each zone can be drained within the budgets of the pods.
 */
export async function expectToOutlive(cluster: ControlPlane): Promise<void> {
  await complete(cluster);
  const pods = await placed(cluster);
  const zones = [...new Set(pods.map(({ zone }) => zone))];
  expect(zones).toHaveLength(3);
  for (const node of new Set(pods.map(({ node }) => node)))
    expect(
      lost(pods, (pod) => pod.node === node),
      `without ${node}`,
    ).toEqual([]);
  for (const zone of zones)
    expect(
      lost(pods, (pod) => pod.zone === zone),
      `without zone ${zone}`,
    ).toEqual([]);
  for (const zone of zones) await drain(cluster, "--selector", `${zoneLabel}=${zone}`);
}

/** Resolves when every workload has all its replicas; none must be without. */
export const complete = (cluster: ControlPlane): Promise<boolean> =>
  until(
    "all replicas",
    async () => {
      const workloads = [...(await list(cluster, "deployments")), ...(await list(cluster, "statefulsets"))];
      const scaled = await list(cluster, "horizontalpodautoscalers");
      const short = [
        ...workloads.filter(({ spec, status }) => status?.readyReplicas !== spec?.replicas),
        // They find one replica, and look every 15 s.
        ...scaled.filter(({ spec, status }) => Number(status?.currentReplicas ?? 0) < Number(spec?.minReplicas)),
      ];
      if (short.length > 0) throw new Error(`short: ${short.map(({ metadata }) => metadata.name).join(", ")}`);
      // Those that operators make come later than what is applied.
      const made = workloads.map(({ metadata }) => metadata.name);
      const databases = (await list(cluster, "mariadbs.k8s.mariadb.com")).map(({ metadata }) => metadata.name);
      const brokers = (await list(cluster, "rabbitmqclusters.rabbitmq.com")).map(({ metadata }) => metadata.name);
      const names = [...databases, ...brokers.map((name) => `${name}-server`)];
      return names.length > 0 && names.every((name) => made.includes(name));
    },
    { processes: cluster.processes },
  );

interface Placed {
  /** The instance and the part of it that the pod is of. */
  readonly workload: string;
  readonly node: string;
  readonly zone: string | undefined;
}

/** Running pods of services and infrastructure, without those of Jobs. */
async function placed(cluster: ControlPlane): Promise<Placed[]> {
  const zoneOf = new Map(
    (await list(cluster, "nodes")).map(({ metadata }) => [metadata.name, metadata.labels?.[zoneLabel]]),
  );
  return (await list(cluster, "pods", "app.kubernetes.io/instance")).flatMap(({ metadata, spec, status }) => {
    if (status?.phase !== "Running") return [];
    const node = String(spec?.nodeName);
    const labels = metadata.labels ?? {};
    const workload = `${labels["app.kubernetes.io/instance"]} ${labels["app.kubernetes.io/component"] ?? ""}`.trim();
    return [{ workload, node, zone: zoneOf.get(node) }];
  });
}

/** Workloads that no longer serve without the pods that are gone. */
function lost(pods: readonly Placed[], gone: (pod: Placed) => boolean): string[] {
  const workloads = [...new Set(pods.map(({ workload }) => workload))];
  return workloads.filter((workload) => {
    const all = pods.filter((pod) => pod.workload === workload);
    const left = all.filter((pod) => !gone(pod)).length;
    return quorums.test(workload) ? left * 2 <= all.length : left === 0;
  });
}

/**
 * Evicts all pods of nodes, within their budgets, and waits until they run elsewhere; then the nodes are back. A pod that comes
 * back under its old name too soon counts as still leaving, and its budget refuses evictions for two minutes: DeletionTimeout in
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/disruption/disruption.go
 */
async function drain(cluster: ControlPlane, ...which: string[]): Promise<void> {
  cluster.kubectl("drain", ...which, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=900s");
  await complete(cluster);
  cluster.kubectl("uncordon", ...which);
}
