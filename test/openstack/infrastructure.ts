import { list } from "../cluster/observe.ts";
import { until } from "../cluster/processes.ts";
import type { Cluster } from "./cluster.ts";
import type { Host } from "./hosts.ts";

/** Where the database and the brokers run. */
export const namespace = "openstack-infrastructure";

/** Rows that a query to the database gives, as seen by one member. */
export const sql = (cluster: Cluster, query: string, pod = "mariadb-0"): string[] =>
  cluster
    .kubectl(
      ...["-n", namespace, "exec", pod, "-c", "mariadb", "--"],
      ...["sh", "-c", `mariadb -u root -p"$MARIADB_ROOT_PASSWORD" -N -B -e "${query}"`],
    )
    .split("\n")
    .filter((line) => line !== "");

/** The number of members that the database counts, as seen by one of them. */
export const galeraSize = (cluster: Cluster, pod = "mariadb-0"): number =>
  Number(sql(cluster, "SHOW STATUS LIKE 'wsrep_cluster_size'", pod)[0]?.split("\t")[1]);

/** The pod that clients of the database write to, as a member says that is ready. */
export async function writerOf(cluster: Cluster): Promise<string> {
  const members = (await list(cluster, "pods")).filter(({ metadata }) => /^mariadb-\d+$/.test(metadata.name));
  const isReady = ({ status }: (typeof members)[number]) =>
    ((status?.conditions ?? []) as { type: string; status: string }[]).some(
      ({ type, status }) => type === "Ready" && status === "True",
    );
  return sql(cluster, "SELECT member FROM overstack.writer", members.find(isReady)!.metadata.name)[0]!;
}

/** What rabbitmqctl says in a pod of a broker, as JSON. */
export const rabbitmq = (cluster: Cluster, pod: string, ...command: readonly string[]) =>
  JSON.parse(
    cluster.kubectl(
      ...["-n", namespace, "exec", pod, "-c", "rabbitmq", "--"],
      ...["rabbitmqctl", "--quiet", "--formatter", "json", ...command],
    ),
  );

/** A queue of a virtual host: who leads it, and how many messages wait in it. */
export interface Queue {
  readonly name: string;
  /** Name of the leader's pod. */
  readonly leader: string;
  /** Names of the broker's members that have a replica of it. */
  readonly members: readonly string[];
  readonly messages: number;
}

/** The quorum queues of a virtual host. */
export const queuesOf = (cluster: Cluster, pod: string, host: string): Queue[] =>
  (rabbitmq(cluster, pod, "list_queues", "--vhost", host, "name", "leader", "members", "messages") as Queue[]).map(
    (queue) => ({
      ...queue,
      leader: /^rabbit@([^.]+)/.exec(queue.leader)?.[1] ?? "",
    }),
  );

interface Placed {
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly containerStatuses: readonly { readonly name: string; readonly containerID: string }[] };
}
async function podOf(cluster: Cluster, name: string): Promise<Placed> {
  const pods = await list(cluster, "pods");
  return pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name) as never;
}

/** The host that a pod of the infrastructure runs on. */
export async function hostOf(cluster: Cluster, pod: string): Promise<Host> {
  const { nodeName } = (await podOf(cluster, pod)).spec;
  return cluster.hosts.find(({ name }) => name === nodeName)!;
}

/** Ends the first process of a container, as when it crashes or memory is short. */
export async function killContainer(cluster: Cluster, pod: string, container: string): Promise<void> {
  const { containerStatuses } = (await podOf(cluster, pod)).status;
  const found = containerStatuses.find(({ name }) => name === container)!;
  const id = found.containerID.replace("containerd://", "");
  const host = await hostOf(cluster, pod);
  host.run("ctr", "--namespace", "k8s.io", "tasks", "kill", "--signal", "SIGKILL", id);
}

/**
 * Deletes a pod, and waits until the one that follows it is ready. Never by a command that waits: what enforces network policies is in
 * this process too, and would not see the address of the new one.
 */
export async function replacePod(cluster: Cluster, name: string): Promise<void> {
  const find = async () =>
    (await list(cluster, "pods")).find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  const before = (await find())!.metadata.uid;
  cluster.kubectl("-n", namespace, "delete", "pod", name, "--wait=false");
  const isReplaced = async () => {
    const pod = await find();
    const { conditions = [] } = (pod?.status ?? {}) as { conditions?: { type: string; status: string }[] };
    return pod?.metadata.uid !== before && conditions.some(({ type, status }) => type === "Ready" && status === "True");
  };
  await until(`another ${name}`, isReplaced, { seconds: 900, processes: cluster.processes });
}
