import { readyNodes } from "../cluster/nodes.ts";
import { list } from "../cluster/observe.ts";
import type { Cluster } from "./cluster.ts";
import { galeraSize, rabbitmq } from "./infrastructure.ts";

/** Whether this many hosts are there, and every member and replica as far as Kubernetes says. */
export async function allReady(cluster: Cluster, hosts = cluster.hosts.length): Promise<boolean> {
  const ready = async (plural: string) =>
    (await list(cluster, plural)).every(({ spec, status = {} }) => (status.readyReplicas ?? 0) === spec?.replicas);
  return (await readyNodes(cluster)).length === hosts && (await ready("statefulsets")) && (await ready("deployments"));
}

/** Whether the database and the broker count three members as well. */
export async function whole(cluster: Cluster, hosts = cluster.hosts.length): Promise<boolean> {
  return (
    (await allReady(cluster, hosts)) &&
    galeraSize(cluster) === 3 &&
    rabbitmq(cluster, "rabbitmq-server-0", "cluster_status").running_nodes.length === 3
  );
}
