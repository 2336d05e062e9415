import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Live, list } from "../cluster/observe.ts";
import { until } from "../cluster/processes.ts";
import type { Cluster } from "./cluster.ts";
import type { Host } from "./hosts.ts";

/** The pod of a host that runs this role of a component. Throws when there is none. */
export async function podOn(cluster: Cluster, host: Host, name: string, role: string): Promise<string> {
  return (await podOf(cluster, host, name, role)).metadata.name;
}

async function podOf(cluster: Cluster, host: Host, name: string, role: string): Promise<Live> {
  const found = (await list(cluster, "pods")).find(
    ({ metadata: { labels = {} }, spec }) =>
      labels["app.kubernetes.io/name"] === name &&
      labels["app.kubernetes.io/component"] === role &&
      spec?.nodeName === host.name,
  );
  if (found === undefined) throw new Error(`${host.name} has no pod of ${name}`);
  return found;
}

/** Deletes that pod; resolves when another one is there and ready. */
export async function replacePodOn(cluster: Cluster, host: Host, name: string, role: string): Promise<void> {
  const before = await podOf(cluster, host, name, role);
  cluster.kubectl("-n", before.metadata.namespace, "delete", "pod", before.metadata.name, "--wait=false");
  const isReplaced = async () => {
    const { metadata, status = {} } = await podOf(cluster, host, name, role);
    const { conditions = [] } = status as { conditions?: { type: string; status: string }[] };
    const isReady = conditions.some(({ type, status }) => type === "Ready" && status === "True");
    return metadata.uid !== before.metadata.uid && isReady;
  };
  await until(`another pod of ${name} on ${host.name}`, isReplaced, { seconds: 600, processes: cluster.processes });
}

/** Copies what all pods have said, and what happened to them, to the logs of the run, in a folder of this name. */
export async function keepPods(cluster: Cluster, name: string): Promise<void> {
  const folder = join(process.env.OVERSTACK_LOGS!, name);
  mkdirSync(folder, { recursive: true });
  const keep = (file: string, ...args: readonly string[]) => {
    let said: string;
    try {
      said = cluster.kubectl(...args);
    } catch (error) {
      said = String(error);
    }
    writeFileSync(join(folder, file), said);
  };
  keep("pods", "get", "pods", "--all-namespaces", "--output=wide");
  keep("events", "get", "events", "--all-namespaces", "--sort-by=.lastTimestamp");
  for (const { metadata, status = {} } of await list(cluster, "pods")) {
    const said = ["-n", metadata.namespace, "logs", metadata.name, "--all-containers", "--prefix", "--tail=5000"];
    keep(metadata.name, ...said);
    const { containerStatuses = [] } = status as { containerStatuses?: { restartCount: number }[] };
    const hasRestarted = containerStatuses.some(({ restartCount }) => restartCount > 0);
    if (hasRestarted) keep(`${metadata.name}.previous`, ...said, "--previous");
  }
}
