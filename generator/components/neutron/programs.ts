import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { Context } from "../../contract/context.ts";
import { probeFile } from "../../kit/worker.ts";
import { probeOf } from "../../kit/worker-probe.ts";
import { unboundModule } from "../ovn/client-names.ts";

/** What each of its programs is told. */
export const environment: readonly IEnvVar[] = [
  // They would take two files, the second for ML2; here one has all options, so that commands of Neutron's find them without being told.
  { name: "OS_NEUTRON_CONFIG_FILES", value: "neutron.conf" },
  // Where the module lies that finds OVN's databases by their names.
  { name: "PYTHONPATH", value: "/etc/neutron" },
];

/**
 * Neither program beside the API is connected to the broker: one works on Neutron's database, at least once a minute, the other holds a
 * connection to OVN's Northbound one. So the probe asks for those, by the variables that have the servers.
 */
const asks = (variable: string): string[] => ["python3", `/etc/neutron/${probeFile}`, "alive", variable];

/** Tells whether the periodic workers work. */
export const databaseProbe = asks("OS_DATABASE__CONNECTION");

const northbound = "OVN_NORTHBOUND";

/** Tells whether the maintenance worker works. */
export const ovnProbe = asks(northbound);

/** The members of OVN's Northbound database, as the probe reads servers from a URL. */
export const probeServers = (ctx: Context): IEnvVar => {
  const { members, port } = ctx.connection("ovn")!;
  return { name: northbound, value: members.map((host) => `@${host}:${port}`).join(",") };
};

/** What its programs read beside their configuration. */
export const files = (): Record<string, string> => ({ [probeFile]: probeOf("database"), "unbound.py": unboundModule });
