import { southboundHosts } from "../connections/ovn.ts";
import type { Connection } from "../contract/connection.ts";

/** Servers of OVN's Southbound database that this client asks, and their port. */
export const southbound = (connection: Connection): { readonly hosts: readonly string[]; readonly port: number } => ({
  hosts: southboundHosts(connection),
  port: Number(connection.details!.southbound),
});
