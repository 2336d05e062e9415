import { z } from "zod";
import type { Connection } from "../contract/connection.ts";
import { hosts, port } from "../contract/formats.ts";
import { byAuthority, connectionKind, outsideTls } from "./connection-kind.ts";

/**
 * Servers of the Southbound database: relays where there are some, and the members for who owns what is in both databases. Relays stand between
 * the members and the nodes, whose number is not bounded: https://docs.openvswitch.org/en/stable/topics/ovsdb-relay/
 */
export const southboundHosts = ({
  need,
  members,
  details,
}: Pick<Connection, "need" | "members" | "details">): readonly string[] =>
  need.from === "provider" && details?.relays !== undefined ? [details.relays] : members;

/**
 * OVN's Northbound and Southbound databases. Their clients have no password: who shows a certificate of OVN's own authority may do all.
 * https://docs.openstack.org/neutron/latest/admin/ovn/
 */
export default connectionKind({
  title: "OVN's databases",
  move: "The new ones are empty: Neutron fills the Northbound one (neutron-ovn-db-sync-util), and until then no port has a network.",
  certificate: true,
  alone: "each takes what the other has made for a fault, and undoes it",
  encrypts: byAuthority,
  uses: "Named OVN instance, or external databases.",
  external: z
    .strictObject({
      hosts: hosts("ovn-1.example.org").describe("Names of the members; each has both databases."),
      northbound: port.default(6641).describe("TCP port of the Northbound database."),
      southbound: port.default(6642).describe("TCP port of the Southbound database."),
      tls: outsideTls,
    })
    .describe("Databases that exist already."),
  reach: ({ hosts, northbound, southbound }) => ({
    members: hosts,
    port: northbound,
    ports: [northbound, southbound],
    details: { southbound: String(southbound) },
  }),
  environment: () => ({ literals: {}, secrets: {}, composed: {} }),
  // A client stays at one member, and goes to the next when that one is lost.
  options: (connection, { ca, own }) => {
    const { need, members, port, tls, details } = connection;
    const remotes = (hosts: readonly string[], port: number | string) =>
      hosts.map((host) => `${tls ? "ssl" : "tcp"}:${host}:${port}`);
    // Written explicitly: a later layer can override an option but cannot remove it.
    const files = (database: "nb" | "sb") => ({
      [`ovn_${database}_ca_cert`]: tls ? ca : "",
      [`ovn_${database}_certificate`]: tls ? own.certificate : "",
      [`ovn_${database}_private_key`]: tls ? own.key : "",
    });
    return {
      [need.group]: {
        ovn_nb_connection: remotes(members, port),
        ovn_sb_connection: remotes(southboundHosts(connection), details!.southbound!),
        ...files("nb"),
        ...files("sb"),
        // A member whose host is silent is left after twice as long; Neutron's default is a minute.
        ovsdb_probe_interval: 10_000,
      },
    };
  },
  secrets: ({ account, instance: provider, tls }, { instance }) =>
    provider !== undefined || !tls
      ? []
      : [
          {
            name: account.secret,
            keys: { "tls.crt": "certificate", "tls.key": "private-key" },
            purpose: `certificate that ${instance} shows to OVN's databases outside`,
          },
        ],
});
