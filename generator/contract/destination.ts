/** Where the pods of an instance connect to; the egress policies are made of it. */
export interface Destination {
  readonly to: readonly Place[];
  /** Ports of the pods or servers there. Without any: all. */
  readonly ports?: readonly PortRange[];
}

/** Pods of ours, all pods of a namespace, all pods of the cluster, or addresses. */
export type Place =
  | { readonly namespace: string; readonly instance?: string; readonly role?: string }
  | { readonly pods: "all" }
  | { readonly cidr: string; readonly except: readonly string[] };

/** One port, or all from the first to the last. */
export interface PortRange {
  readonly port: number;
  readonly last?: number;
  readonly protocol: "TCP" | "UDP";
}

/** A server that Overstack does not run. */
export interface Server {
  /** Its name or address; undefined where another one names it at run time: all addresses and pods are reached at its ports. */
  readonly host: string | undefined;
  /** Ports that it is asked at. */
  readonly ports: Ports;
}

/** Ports, each alone or as a range. */
export type Ports = readonly (number | readonly [first: number, last: number])[];

/** The server of a URL. */
export function serverOf(url: string): Server {
  const { hostname, port, protocol } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    ports: [port === "" ? (protocol === "https:" ? 443 : 80) : Number(port)],
  };
}
