import { z } from "zod";
import type { Connection } from "../contract/connection.ts";
import { hosts, port } from "../contract/formats.ts";
import { connectionKind, plainOutside } from "./connection-kind.ts";

/**
 * As python-memcached reads them: of a name without a family it asks for an IPv4 address alone.
 * https://github.com/linsomniac/python-memcached/blob/master/memcache.py
 */
export const memcacheServers = ({ members, port }: Pick<Connection, "members" | "port">, ipv6: boolean): string[] =>
  members.map((host) => (ipv6 ? `inet6:[${host}]:${port}` : `${host}:${port}`));

/** memcached servers, each listed by name. Nothing lives there, and nobody logs in. */
export default connectionKind({
  title: "a cache",
  uses: "Named memcached instance, or external servers.",
  external: z
    .strictObject({
      hosts: hosts("memcached-1.example.org"),
      port: port.default(11211).describe("TCP port."),
      tls: plainOutside,
    })
    .describe("Servers that exist already."),
  reach: ({ hosts, port }) => ({ members: hosts, port }),
  environment: () => ({ literals: {}, secrets: {}, composed: {} }),
  /** The only oslo.cache back end that passes over a dead server without an error and a frozen one after a second, its default. */
  options: (connection, { ipv6 }) => ({
    cache: {
      backend: "oslo_cache.memcache_pool",
      enabled: true,
      expiration_time: 600,
      memcache_dead_retry: 30,
      memcache_pool_maxsize: 10,
      memcache_servers: memcacheServers(connection, ipv6),
    },
  }),
  secrets: ({ account }, { instance, checksTokens }) =>
    checksTokens
      ? [
          {
            name: account.secret,
            keys: { "secret-key": "password" },
            purpose: `key that ${instance}'s replicas encrypt cached tokens with`,
          },
        ]
      : [],
});
