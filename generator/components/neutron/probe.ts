import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { osloVariable } from "../../connections/connection-kind.ts";
import type { Context } from "../../contract/context.ts";
import { probeFile } from "../../kit/worker.ts";
import { workerProbe } from "../../kit/worker-probe.ts";

/**
 * Neither program beside the API is connected to the broker: one works on Neutron's database, at least once a minute, the other holds a
 * connection to OVN's Northbound one. So the probe asks for those, by the variables that have the servers.
 */
const asks = (variable: string): string[] => ["python3", `/etc/neutron/${probeFile}`, "alive", variable];

/** Tells whether the periodic workers work. */
export const databaseProbe = asks(osloVariable("database", "connection"));

const servers = "OVN_NORTHBOUND";

/** Tells whether the maintenance worker works. */
export const ovnProbe = asks(servers);

/** The members of OVN's Northbound database, as the probe reads servers from a URL. */
export const probeServers = (ctx: Context): IEnvVar => {
  const { members, port } = ctx.connection("ovn")!;
  return { name: servers, value: members.map((host) => `@${host}:${port}`).join(",") };
};

/** The probe's program. */
export const probeFiles = (): Record<string, string> => ({ [probeFile]: workerProbe });
