import { until } from "../cluster/processes.ts";
import type { Cluster } from "./cluster.ts";
import type { Host } from "./hosts.ts";
import { podOn } from "./pods.ts";

/** Addresses between which tunnels are made. */
export const tunnelNetwork = "198.18.1.0/24";

/** Makes hosts nodes of a group, and gives each an end of tunnels as soon as its switch works. */
export async function joinNodes(cluster: Cluster, group: string, hosts = cluster.hosts): Promise<void> {
  for (const host of hosts) cluster.kubectl("label", "node", host.name, `overstack.io/node-group=${group}`);
  await Promise.all(hosts.map((host) => makeEnd(cluster, host, `198.18.1.${cluster.hosts.indexOf(host) + 1}`)));
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
    const vsctl = ["exec", pod, "--", "ovs-vsctl", "--db=unix:/run/openvswitch/db.sock", "--timeout=10"];
    cluster.kubectl("-n", "openstack-nodes", ...vsctl, ...add, "--", "--may-exist", "add-port", bridge, "eth1");
    return true;
  };
  await until(`the switch of ${host.name}`, make, { seconds: 1200, processes: cluster.processes });
  host.run("ip", "address", "replace", `${address}/24`, "dev", bridge);
  host.run("ip", "link", "set", bridge, "up");
}
