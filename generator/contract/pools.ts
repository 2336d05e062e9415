/** A pool that is written to, at servers that are reached by any of these addresses. */
export interface OwnPool {
  readonly servers: readonly string[];
  readonly pool: string;
}

/** True of two that are one: storage that has an address in common is the same, at whichever port. */
export const isSamePool = (one: OwnPool, other: OwnPool): boolean => {
  const theirs = new Set(other.servers.map(withoutPort));
  return one.pool === other.pool && one.servers.some((server) => theirs.has(withoutPort(server)));
};

const withoutPort = (server: string): string =>
  server.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^([^:]+):\d+$/, "$1");
