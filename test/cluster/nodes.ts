import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "./build.ts";
import type { ControlPlane } from "./control-plane.ts";
import { podStages } from "./definitions.ts";
import { type Live, list } from "./observe.ts";
import { until } from "./processes.ts";
import { programs } from "./programs.ts";
import { kinds, readiness } from "./stand-ins/readiness.ts";

/** What a node of a test cluster has. */
export interface Nodes {
  /** Names of the zones; nodes are spread evenly. */
  readonly zones: readonly string[];
  readonly count: number;
  readonly cpu?: string;
  readonly memory?: string;
  /** Labels of a node in addition to those that every one has. */
  readonly labels?: (zone: string | undefined) => Readonly<Record<string, string>>;
}

/**
 * Starts kwok, which plays the kubelets: nodes are Ready, scheduled pods run at once, those of Jobs complete. It also
 * gives a status to custom resources whose operators do not run here.
 */
export async function startNodes(cluster: ControlPlane, nodes: Nodes): Promise<void> {
  const stages = join(cluster.folder, "stages.yaml");
  const behaviour = [...readiness, ...podStages().map(leavingSlowly)];
  writeFileSync(stages, behaviour.map((stage) => JSON.stringify(stage)).join("\n---\n"));
  // Right after its start the API server says that it is ready, and does not serve all custom resources yet.
  await until("the kinds of the stand-ins", async () => {
    for (const [apiVersion, kind] of kinds) if (!(await cluster.serves(apiVersion, kind))) return false;
    return true;
  });
  const arguments_ = ["--kubeconfig", cluster.kubeconfig, "--manage-all-nodes", "--config", stages];
  cluster.run("kwok", programPath(programs.kwok), arguments_);
  await cluster.apply(nodeObjects(nodes));
  const all = async () => (await readyNodes(cluster)).length === nodes.count;
  await until("all nodes Ready", all, { processes: cluster.processes });
}

/** Names of the nodes that are Ready. */
export async function readyNodes(cluster: ControlPlane): Promise<string[]> {
  const isReady = ({ status }: Live) =>
    (status?.conditions as Condition[] | undefined)?.some(({ type, status }) => type === "Ready" && status === "True");
  return (await list(cluster, "nodes")).filter(isReady).map(({ metadata }) => metadata.name);
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

/**
 * A pod that is deleted is there for another second, as a real one. The controller of disruption budgets takes a pod that
 * comes back under the same name at once for the old one, and refuses evictions for two minutes.
 */
function leavingSlowly(stage: object): object {
  const { metadata, spec } = stage as { metadata: { name: string }; spec: object };
  return metadata.name === "pod-delete"
    ? { ...stage, spec: { ...spec, delay: { durationMilliseconds: 1000 } } }
    : stage;
}

const nodeObjects = ({ zones, count, cpu = "32", memory = "128Gi", labels = () => ({}) }: Nodes): object[] =>
  Array.from({ length: count }, (_, index) => {
    const name = `node-${index + 1}`;
    const zone = zones[index % zones.length];
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        labels: {
          "kubernetes.io/hostname": name,
          "kubernetes.io/os": "linux",
          "kubernetes.io/arch": "amd64",
          ...(zone === undefined ? {} : { "topology.kubernetes.io/zone": zone }),
          ...labels(zone),
        },
      },
      status: { allocatable: { cpu, memory, pods: "110" }, capacity: { cpu, memory, pods: "110" } },
    };
  });
