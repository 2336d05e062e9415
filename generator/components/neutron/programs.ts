import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { Context } from "../../contract/context.ts";
import { southbound as southboundOf } from "../../kit/ovn.ts";
import { probeFile } from "../../kit/worker.ts";
import { probeOf } from "../../kit/worker-probe.ts";
import { runDirectory } from "../openvswitch/scripts.ts";
import { unboundModule } from "../ovn/client-names.ts";

/** Where the module lies that finds OVN's databases by their names. */
export const modules: IEnvVar = { name: "PYTHONPATH", value: "/etc/neutron" };

/** What each of its programs is told. */
export const environment: readonly IEnvVar[] = [
  // They would take two files, the second for ML2; here one has all options, so that commands of Neutron's find them without being told.
  { name: "OS_NEUTRON_CONFIG_FILES", value: "neutron.conf" },
  modules,
];

/**
 * Neither program beside the API is connected to the broker: one works on Neutron's database, at least once a minute, the other holds a
 * connection to OVN's Northbound one. So the probe asks for those, by the variables that have the servers.
 */
const asks = (variable: string): string[] => ["python3", `/etc/neutron/${probeFile}`, "alive", variable];

/** Tells whether the periodic workers work. */
export const databaseProbe = asks("OS_DATABASE__CONNECTION");

export const northbound = "OVN_NORTHBOUND";
export const southbound = "OVN_SOUTHBOUND";

/** Tells whether the maintenance worker works. */
export const ovnProbe = asks(northbound);

/** Tells whether an agent on a node works. */
export const southboundProbe = asks(southbound);

/** The servers of one of OVN's databases, as the probe reads them from a URL. */
export const probeServers = (ctx: Context, variable: typeof northbound | typeof southbound): IEnvVar => {
  const connection = ctx.connection("ovn")!;
  const { hosts, port } =
    variable === northbound ? { hosts: connection.members, port: connection.port } : southboundOf(connection);
  return { name: variable, value: hosts.map((host) => `@${host}:${port}`).join(",") };
};

/** What its programs read beside their configuration. */
export const files = (): Record<string, string> => ({ [probeFile]: probeOf("database"), "unbound.py": unboundModule });

/**
 * Program that hands metadata on. Since 2025.2 that is an extension of OVN's agent; that of 2025.1 serves its socket in a thread where
 * eventlet never works, and nobody is answered.
 */
export const agentProgram = ({ release }: Pick<Context, "release">): string =>
  release === "2025.1" ? "neutron-ovn-metadata-agent" : "neutron-ovn-agent";

/**
 * Starts it, once on each node: a second one would remove the namespaces of the first, whose networks it does not know. The shell stays
 * as the container's first process: it takes the end of each haproxy, and the agent of 2025.1 would not hear there that it is to end.
 */
export const startAgent = `set -eu
lock=${runDirectory}/overstack-metadata-agent.lock
exec 9>"$lock"
flock --wait 30 9 || { echo "another metadata agent works on this node and holds $lock: a node serves one cloud" >&2; exit 1; }
"$AGENT" 9>&- &
agent=$!
trap 'kill -TERM $agent' TERM INT
code=0
while kill -0 $agent 2>/dev/null; do wait $agent && code=0 || code=$?; done
exit $code
`;
