import { z } from "zod";
import type { Ini } from "../contract/configuration.ts";
import type { Account, Connection, Need } from "../contract/connection.ts";
import type { Ports } from "../contract/destination.ts";
import { address, hostName } from "../contract/formats.ts";
import type { RequiredSecret } from "../contract/secret.ts";
import { connectionKind } from "./connection-kind.ts";

/**
 * Monitors by either protocol, and the other daemons, which monitors name:
 * https://docs.ceph.com/en/latest/rados/configuration/network-config-ref/
 */
export const cephPorts: Ports = [3300, 6789, [6800, 7568]];
const monitorPort = 3300;

/** Name of a Ceph user without `client.`; the object that Rook makes it of is called the same. */
export const cephUser = ({ name }: Pick<Account, "name">): string => name.replaceAll("_", "-");

/**
 * What a client may do, by the profiles that Ceph has for it. Written by hand they would lack the right to put a lost client on the
 * blocklist, and nobody could break its locks: https://docs.ceph.com/en/latest/rbd/rbd-openstack/
 */
export function capabilities(
  { places = {} }: Need,
  apart: readonly string[] = [],
): Record<"mgr" | "mon" | "osd", string> {
  const profiles = Object.entries(places)
    .flatMap(([pool, access]) => [[pool, access], ...(apart.includes(pool) ? [[`${pool}-data`, access]] : [])])
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
    .map(([pool, access]) => `profile rbd${access === "read" ? "-read-only" : ""} pool=${pool}`)
    .join(", ");
  return { mgr: profiles, mon: "profile rbd", osd: profiles };
}

/** Where a client's pods have the files of its connection. A store of images has its own below /etc/ceph. */
export const storageDirectory = "/etc/ceph-storage";
/** Its configuration there, where it comes with the keyring. */
export const foundConf = `${storageDirectory}/ceph.conf`;

/** Lines of a ceph.conf that make a client encrypt: https://docs.ceph.com/en/latest/rados/configuration/msgr2/ */
const secureModes: Readonly<Record<string, string>> = { ms_client_mode: "secure", ms_mon_client_mode: "secure" };

/** The Secret that Rook makes for a user, and the ConfigMap in which it says where the monitors are. */
const madeByRook = { key: (user: string) => `rook-ceph-client-${user}`, monitors: "rook-ceph-mon-endpoints" };

/** A Ceph cluster: pools, and a user for each client, who may use those that it names. */
export default connectionKind({
  title: "a Ceph cluster",
  move: "What is in the old pools stays there: copy it first, with the service stopped.",
  users: true,
  encrypts: "msgr2",
  uses: "The Ceph of this cluster, or an external one.",
  external: z
    .strictObject({
      monitors: z
        .array(z.union([hostName("mon-1.example.org"), address]))
        .min(1)
        .describe("Names or addresses of its monitors, which answer at the ports 3300 and 6789."),
      user: z
        .string()
        .regex(/^[A-Za-z0-9._-]+$/, "a user name without 'client.'")
        .optional()
        .describe("Ceph user, without `client.`. Default: called like the instance."),
      tls: z
        .enum(["msgr2", "none"])
        .optional()
        .describe(
          "Encryption. msgr2: Ceph's own protocol in its secure mode. none: as the Ceph cluster says. In production it must be said.",
        ),
    })
    .describe("A Ceph cluster that exists already. Its pools and its users are made there."),
  reach: ({ monitors, user, tls }) => ({
    members: monitors,
    port: monitorPort,
    ports: cephPorts,
    details: { mode: tls === "msgr2" ? "secure" : "any" },
    ...(user === undefined ? {} : { user }),
  }),
  servers: [{ host: undefined, ports: cephPorts }],
  environment: () => ({ literals: {}, secrets: {}, composed: {} }),
  options: () => ({}),
  secrets: ({ accounts, instance: provider }, { instance }) =>
    accounts.map(({ secret, ...account }): RequiredSecret => {
      const purpose = `${instance}'s user client.${cephUser(account)} of ${provider ?? "the Ceph cluster outside"}`;
      return provider === undefined
        ? { name: secret, keys: { keyring: "keyring" }, purpose }
        : { name: secret, keys: { "ceph.conf": "given", keyring: "keyring" }, purpose, origin: "cluster" };
    }),
  found: {
    reads: (account) => ({ secrets: [madeByRook.key(cephUser(account))], configmaps: [madeByRook.monitors] }),
    environment: ({ details }, account) => ({
      CEPH_USER: cephUser(account),
      DIRECTORY: storageDirectory,
      KEY: madeByRook.key(cephUser(account)),
      MODES: details?.mode === "secure" ? modeLines : "",
      MONITORS: madeByRook.monitors,
    }),
    // Addresses alone: Rook names the port of the first protocol where it knows both, and all monitors speak the second one.
    program: `def find(read):
    key = base64.b64decode(read("secrets", os.environ["KEY"]).get("userKey", "")).decode()
    endpoints = [each.partition("=")[2] for each in read("configmaps", os.environ["MONITORS"]).get("data", "").split(",")]
    hosts = sorted(each.rpartition(":")[0] for each in endpoints if ":" in each)
    if not key or not hosts:
        return {}
    conf = "[global]\\nmon_host = %s\\nkeyring = %s/keyring\\n%s" % (
        ",".join("v2:%s:${monitorPort}" % host for host in hosts), os.environ["DIRECTORY"], os.environ["MODES"])
    return {"ceph.conf": conf, "keyring": "[client.%s]\\nkey = %s\\n" % (os.environ["CEPH_USER"], key)}
`,
  },
});

const modeLines = Object.entries(secureModes)
  .map(([name, value]) => `${name} = ${value}\n`)
  .join("");

/** The ceph.conf of a client of a Ceph cluster outside, as a file with groups. */
export const confOutside = ({ members, details }: Pick<Connection, "members" | "details">): Ini => ({
  global: {
    keyring: `${storageDirectory}/keyring`,
    mon_host: members.map((host) => (host.includes(":") ? `[${host}]` : host)),
    ...(details?.mode === "secure" ? secureModes : {}),
  },
});
