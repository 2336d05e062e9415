import { list } from "../cluster/observe.ts";
import { until } from "../cluster/processes.ts";
import type { Cluster } from "./cluster.ts";
import type { Host } from "./hosts.ts";

/** Addresses between which tunnels are made. */
export const tunnelNetwork = "198.18.1.0/24";

/** Makes all hosts nodes of the group `all`, and gives each an end of tunnels as soon as its switch works. */
export async function joinNodes(cluster: Cluster): Promise<void> {
  for (const host of cluster.hosts) cluster.kubectl("label", "node", host.name, "overstack.io/node-group=all");
  await Promise.all(cluster.hosts.map((host, index) => makeEnd(cluster, host, `198.18.1.${index + 1}`)));
}

/**
 * A switch in a program looks for the other end of a tunnel in its own bridges alone, so one of them has the address; with the kernel's
 * switch the host's own network would do: https://docs.openvswitch.org/en/stable/howto/userspace-tunneling/
 */
async function makeEnd(cluster: Cluster, host: Host, address: string): Promise<void> {
  const bridge = "br-tunnels";
  const add = ["--may-exist", "add-br", bridge, "--", "set", "Bridge", bridge, "datapath_type=netdev"];
  const make = async () => {
    const pod = await podOn(cluster, host, "openvswitch", "switch");
    const exec = ["-n", "openstack-nodes", "exec", pod, "--", "ovs-vsctl", "--timeout=10"];
    return cluster.kubectl(...exec, ...add, "--", "--may-exist", "add-port", bridge, "eth1") !== undefined;
  };
  await until(`the switch of ${host.name}`, make, { seconds: 900, processes: cluster.processes });
  host.run("ip", "address", "replace", `${address}/24`, "dev", bridge);
  host.run("ip", "link", "set", bridge, "up");
}

/** The pod of a host that runs this role of a component. Throws when there is none. */
export async function podOn(cluster: Cluster, { name: host }: Host, name: string, role: string): Promise<string> {
  const found = (await list(cluster, "pods")).find(
    ({ metadata: { labels = {} }, spec }) =>
      labels["app.kubernetes.io/name"] === name &&
      labels["app.kubernetes.io/component"] === role &&
      spec?.nodeName === host,
  );
  if (found === undefined) throw new Error(`${host} has no pod of ${name}`);
  return found.metadata.name;
}
