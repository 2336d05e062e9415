/*
 * Addresses inside a run, which no other network sees: hosts are on one bridge with the API server and what generated
 * objects fetch (test/cluster/sandbox.ts), pods in one range per host.
 */
export const gateway = "198.18.0.254/24";
export const pods = "10.244.0.0/16";
export const dns = "198.18.0.53";
export const domain = "cluster.local";

/** Of a storage that is no part of the cluster, on hosts of its own. */
export const storageAddress = (daemon: "monitor" | "disk", host: number): string =>
  `198.18.0.${(daemon === "monitor" ? 200 : 210) + host}`;
export const monitors: readonly string[] = [1, 2, 3].map((host) => storageAddress("monitor", host));

/** Of the first host, 1, and so on. */
export const addressOf = (index: number): string => `198.18.0.${10 + index}`;
/** Its pods' range. */
export const podsOf = (index: number): string => `10.244.${index}.0/24`;
