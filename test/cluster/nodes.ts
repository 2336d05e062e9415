import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "./build.ts";
import type { ControlPlane } from "./control-plane.ts";
import { podStages } from "./definitions.ts";
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
}

/**
 * Starts kwok, which plays the kubelets: nodes are Ready, scheduled pods run at once, those of Jobs complete. It also
 * gives a status to custom resources whose operators do not run here.
 */
export async function startNodes(cluster: ControlPlane, nodes: Nodes): Promise<void> {
  const stages = join(cluster.folder, "stages.yaml");
  const all = [...readiness, ...podStages().map(leavingSlowly)];
  writeFileSync(stages, all.map((stage) => JSON.stringify(stage)).join("\n---\n"));
  // Right after its start the API server says that it is ready, and does not serve all custom resources yet.
  await until("the kinds of the stand-ins", () => kinds.every((kind) => serves(cluster, kind)));
  const arguments_ = ["--kubeconfig", cluster.kubeconfig, "--manage-all-nodes", "--config", stages];
  cluster.run("kwok", programPath(programs.kwok), arguments_);
  cluster.kubectl(
    "apply",
    "--server-side",
    "-f",
    "-",
    `\n${nodeObjects(nodes)
      .map((node) => JSON.stringify(node))
      .join("\n---\n")}`,
  );
  await until("all nodes Ready", () => readyNodes(cluster).length === nodes.count, { processes: cluster.processes });
}

const serves = ({ kubectl }: ControlPlane, [apiVersion, kind]: (typeof kinds)[number]): boolean =>
  kubectl("get", "--raw", `/apis/${apiVersion}`).includes(`"kind":"${kind}"`);

/** Names of the nodes that are Ready. */
export function readyNodes({ kubectl }: ControlPlane): string[] {
  const ready = '{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  const lines = kubectl("get", "nodes", "-o", `jsonpath=${ready}`).split("\n");
  return lines.filter((line) => line.endsWith(" True")).map((line) => line.split(" ")[0]!);
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

const nodeObjects = ({ zones, count, cpu = "32", memory = "128Gi" }: Nodes): object[] =>
  Array.from({ length: count }, (_, index) => {
    const name = `node-${index + 1}`;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        labels: {
          "kubernetes.io/hostname": name,
          "kubernetes.io/os": "linux",
          "kubernetes.io/arch": "amd64",
          ...(zones.length === 0 ? {} : { "topology.kubernetes.io/zone": zones[index % zones.length] }),
        },
      },
      status: { allocatable: { cpu, memory, pods: "110" }, capacity: { cpu, memory, pods: "110" } },
    };
  });
