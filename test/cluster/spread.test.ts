import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { KubernetesObject } from "../tools/kustomize.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { golden, makeFleet, overlaysOf } from "./fleet.ts";
import { type Nodes, startNodes } from "./nodes.ts";
import { list } from "./observe.ts";
import { until } from "./processes.ts";
import { sandbox } from "./sandbox.ts";
import { standIns } from "./stand-ins/start.ts";

/* Where the real scheduler puts the pods, and what is left of each service when nodes and zones go. */
let cluster: ControlPlane;
afterEach(() => cluster?.stop());

const zones = ["a", "b", "c"];
/** Members of these decide by majority; of the others one is enough to serve. */
const quorums = /^(?:mariadb|rabbitmq)/;

describe.each(["production-flux", "production-argocd"])("%s on 20 nodes in 3 zones", (name) => {
  test("each service and each majority outlives the loss of any node, of any zone, and drains of whole zones", async () => {
    await startSchedule(name, { zones, count: 20 });
    const pods = placed();
    const nodes = [...new Set(pods.map(({ node }) => node))];
    for (const node of nodes)
      expect(
        lost(pods, (pod) => pod.node === node),
        `without ${node}`,
      ).toEqual([]);
    for (const zone of zones)
      expect(
        lost(pods, (pod) => pod.zone === zone),
        `without zone ${zone}`,
      ).toEqual([]);

    for (const zone of zones) await drain("--selector", `topology.kubernetes.io/zone=${zone}`);
  });
});

test("the development cluster fits on one node", async () => {
  await startSchedule("development-minimal", { zones: [], count: 1, cpu: "4", memory: "8Gi" });
  expect(new Set(placed().map(({ node }) => node))).toEqual(new Set(["node-1"]));
});

/** Applies a golden cluster without an engine, and waits until each workload has all its pods. */
async function startSchedule(name: string, nodes: Nodes): Promise<void> {
  cluster = await startControlPlane();
  await startNodes(cluster, nodes);
  standIns(cluster);
  const fleet = makeFleet(join(sandbox, "served"), { [name]: golden(name) });
  fleet.overstack("generate");
  const objects = overlaysOf(fleet, name);
  // Operators' namespaces, which the engine makes with them.
  const others = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
  apply(others.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  apply(objects.filter(({ kind }) => kind === "Namespace"));
  apply(objects.filter(({ kind }) => kind !== "Namespace"));
  await complete();
}

function apply(objects: readonly KubernetesObject[]): void {
  const input = objects.map((object) => JSON.stringify(object)).join("\n---\n");
  cluster.kubectl("apply", "--server-side", "-f", "-", `\n${input}`);
}

/** Resolves when every workload has all its replicas; none must be without. */
const complete = (): Promise<boolean> =>
  until(
    "all replicas",
    () => {
      const workloads = ["deployments", "statefulsets"].flatMap((plural) => list(cluster, plural));
      const short = workloads.filter(({ spec, status }) => status?.readyReplicas !== spec?.replicas);
      if (short.length > 0) throw new Error(`short: ${short.map(({ metadata }) => metadata.name).join(", ")}`);
      // Those that operators make come later than what is applied.
      const made = workloads.map(({ metadata }) => metadata.name);
      const parents = ["mariadbs.k8s.mariadb.com", "rabbitmqclusters.rabbitmq.com"].flatMap((of) => list(cluster, of));
      const names = parents.map(({ kind, metadata: { name } }) => (kind === "MariaDB" ? name : `${name}-server`));
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
function placed(): Placed[] {
  const zoneOf = new Map(
    list(cluster, "nodes").map(({ metadata }) => [metadata.name, metadata.labels?.["topology.kubernetes.io/zone"]]),
  );
  return list(cluster, "pods", "app.kubernetes.io/instance").flatMap(({ metadata, spec, status }) => {
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

/** Evicts all pods of nodes, within their budgets, and waits until they run elsewhere; then the nodes are back. */
async function drain(...which: string[]): Promise<void> {
  cluster.kubectl("drain", ...which, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=60s");
  await complete();
  cluster.kubectl("uncordon", ...which);
}
