import { z } from "zod";
import type { Connection } from "../contract/connection.ts";
import { hosts, port } from "../contract/formats.ts";
import { byAuthority, connectionKind, osloVariable, outsideTls } from "./connection-kind.ts";

/**
 * Seconds. Holders renew every 15, half of what a member of a group may be silent. A lock whose holder does not is free after 60:
 * within the other 45 a silent server must be given up and another found, or a lock that is held would be given away. tooz says
 * nothing to a holder whose lock is gone.
 */
const memberTimeout = 30;
const lockTimeout = 60;
const etcdTimeout = 5;
/** Newer redis-py (6.0) tries four times at each step, ever later, before tooz hears of it. */
const redisTimeouts = { connect: 1, answer: 2 };

/** What clients of the inside and of the outside are told: the protocol, and what Sentinels call the servers that they watch. */
type Protocol = "redis" | "sentinel" | "etcd";

/**
 * Locks between processes on different hosts, and groups of them, through tooz. `efficiency`: a lock held twice costs time
 * (a job done two times). `correctness`: it costs data, so a lock is on a majority of members before it is taken.
 * What each URL may hold: https://docs.openstack.org/tooz/latest/user/drivers.html
 */
export default connectionKind({
  title: "a lock server",
  grades: ["efficiency", "correctness"],
  move: "Old pods lock at the old server and new ones at the new: stop the service first.",
  encrypts: byAuthority,
  uses: "Named Valkey or etcd instance, or external servers.",
  external: z
    .strictObject({
      server: z
        .enum(["valkey", "etcd"])
        .describe("What it is. Valkey is also Redis; only etcd never gives a lock to two."),
      hosts: hosts("valkey-1.example.org").describe(
        "Names of its servers. Of etcd one: clients know one name, which may be that of a load balancer.",
      ),
      port: port.optional().describe("TCP port. Default: 26379 with sentinel, else 6379; of etcd 2379."),
      tls: outsideTls,
      sentinel: z
        .string()
        .regex(/^[a-z0-9-]+$/, "lower-case letters, digits and hyphens")
        .optional()
        .describe("What Sentinels at these hosts call the servers that they watch. Without it the hosts are servers."),
    })
    .refine(
      ({ server, hosts }) => server !== "etcd" || hosts.length === 1,
      "a map with one host where the server is etcd",
    )
    .describe("Servers that exist already."),
  reach: ({ server, hosts, port, sentinel }) => {
    const protocol: Protocol = server === "etcd" ? "etcd" : sentinel === undefined ? "redis" : "sentinel";
    const known = { etcd: 2379, redis: 6379, sentinel: 26379 };
    const own = port ?? known[protocol];
    return {
      members: hosts,
      port: own,
      // Sentinels name the server that is written to.
      ...(protocol === "sentinel" ? { ports: [own, known.redis] } : {}),
      grade: server === "etcd" ? "correctness" : "efficiency",
      details: { protocol, ...(sentinel === undefined ? {} : { sentinel }) },
    };
  },
  environment: (connection, { ca }) => {
    const words = ["coordination", ...(connection.distinction === "" ? [] : [connection.distinction]), "password"];
    const password = words.join("_").replaceAll("-", "_").toUpperCase();
    return {
      literals: {},
      secrets: hasPassword(connection) ? { [password]: "password" } : {},
      composed: {
        [osloVariable(connection.need.group, "backend_url")]: hasPassword(connection)
          ? redisUrl(connection, `$(${password})`, ca)
          : etcdUrl(connection, ca),
      },
    };
  },
  options: () => ({}),
  secrets: (connection, { instance }) => {
    const { account, details = {}, instance: provider } = connection;
    if (!hasPassword(connection)) return [];
    return [
      {
        name: account.secret,
        keys: { password: "password" },
        purpose: `${instance}'s password at the lock server ${provider ?? "outside"}`,
        ...(provider === undefined ? {} : { copyOf: { instance: provider, name: details.secret! } }),
      },
    ];
  },
});

const hasPassword = ({ details }: Connection): boolean => details?.protocol !== "etcd";

/** Sentinels tell which server is written to. They have the password of the servers. */
function redisUrl({ members, port, tls, details }: Connection, password: string, ca: string): string {
  const [host, ...others] = members;
  const parameters = [
    ...(details?.protocol === "sentinel"
      ? [
          `sentinel=${details.sentinel}`,
          ...others.map((host) => `sentinel_fallback=${host}:${port}`),
          `sentinel_password=${password}`,
        ]
      : []),
    `socket_timeout=${redisTimeouts.answer}`,
    `socket_connect_timeout=${redisTimeouts.connect}`,
    `lock_timeout=${lockTimeout}`,
    `membership_timeout=${memberTimeout}`,
    ...(tls ? ["ssl=true", `ssl_ca_certs=${ca}`, "sentinel_ssl=true"] : []),
  ];
  return `redis://:${password}@${host}:${port}?${parameters.join("&")}`;
}

/** tooz takes one host, and its `timeout` would be the locks' too if nothing else were said. */
function etcdUrl({ host, port, tls }: Connection, ca: string): string {
  const parameters = [
    "api_version=v3",
    `timeout=${etcdTimeout}`,
    `lock_timeout=${lockTimeout}`,
    `membership_timeout=${memberTimeout}`,
    ...(tls ? [`ca_cert=${ca}`] : []),
  ];
  return `etcd3+http${tls ? "s" : ""}://${host}:${port}?${parameters.join("&")}`;
}
