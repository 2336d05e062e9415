import { z } from "zod";
import { hosts, port } from "../contract/formats.ts";
import { connectionKind, plainOutside } from "./connection-kind.ts";

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
  options: ({ members, port }) => ({
    cache: {
      backend: "oslo_cache.memcache_pool",
      enabled: true,
      expiration_time: 600,
      memcache_dead_retry: 30,
      memcache_pool_maxsize: 10,
      memcache_servers: members.map((host) => `${host}:${port}`),
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
