import { byName } from "../base/data.ts";
import { everywhere, isAddress, isWithin, linkLocal, networkOf } from "../base/networks.ts";
import { kindOf } from "../connections/index.ts";
import type { Endpoint } from "../contract/component.ts";
import { type Connection, isElsewhere } from "../contract/connection.ts";
import {
  type Destination,
  type Place,
  type PortRange,
  type Ports,
  type Server,
  serverOf,
} from "../contract/destination.ts";
import { endpointNamed, endpointsOf } from "../contract/endpoints.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Instance } from "./model.ts";

/** What a destination follows from: an instance before anybody knows where it connects to. */
type Connected = Omit<Instance, "destinations">;

/**
 * Where the pods of an instance connect to: DNS, each other, what they are connected to, the services that they know, and servers
 * outside. The Kubernetes API is apart, for few pods call it.
 */
export function destinationsOf(instance: Connected, all: readonly Connected[], spec: ClusterSpec): Destination[] {
  const { component, connections, reach, identity, spec: settings } = instance;
  const { proxy } = spec;
  const servers: readonly Server[] = [
    ...connections.flatMap(outside),
    ...(isElsewhere(identity) ? [serverOf(identity.url)] : []),
    ...(component.outside?.(settings.options) ?? []),
    ...(component.group === "infrastructure" || proxy === undefined
      ? []
      : [proxy.http, proxy.https].flatMap((url) => (url === undefined ? [] : [serverOf(url)]))),
  ];
  const found = [
    nameServers(spec),
    { to: [{ namespace: instance.namespace, instance: instance.name }] },
    ...[...connections, ...reach].flatMap((connection) => inside(connection, all, spec)),
    ...servicesOf(instance, all).flatMap(([other, endpoint]) => answering(other, endpoint, spec)),
    ...atNodes(component.nodePorts, spec),
    ...servers.flatMap((server) => reached(server, spec)),
    ...(settings.common.egress ?? []).flatMap((target) => asked(target, spec)),
  ];
  return [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
}

/** The API server has an address of its node, or one outside the cluster, which nobody knows before. */
export const kubernetesApi = (spec: ClusterSpec): Destination => ({
  to: anywhere([]),
  ports: spec.kubernetes.apiPorts.map((port) => ({ port, protocol: "TCP" })),
});

/** Whatever answers names in the cluster, in the namespace that its makers chose, and where it is told, on the node. */
export const nameServers = ({ kubernetes: { dnsServers = [] } }: ClusterSpec): Destination => ({
  to: [{ pods: "all" }, ...dnsServers.map((address) => ({ cidr: networkOf(address), except: [] }))],
  ports: [
    { port: 53, protocol: "UDP" },
    { port: 53, protocol: "TCP" },
  ],
});

/** Pods on the network of a node have the node's address, and no label that a policy sees. */
function inside(
  { instance, namespace, ports }: Connection,
  all: readonly Connected[],
  spec: ClusterSpec,
): Destination[] {
  if (instance === undefined) return [];
  const { roles } = all.find(({ name }) => name === instance)!.component;
  if (Object.values(roles).every(({ hostNetwork }) => hostNetwork === true)) return toNodes(rangesOf(ports), spec);
  return [{ to: [{ namespace, instance }], ports: rangesOf(ports) }];
}

const outside = ({ need, instance, members, ports }: Connection): readonly Server[] =>
  instance === undefined ? (kindOf(need.kind).servers ?? members.map((host) => ({ host, ports }))) : [];

/** Endpoints that an instance asks: of its family, of the services that its header names, or of all in its cloud. */
function servicesOf(instance: Connected, all: readonly Connected[]): [Connected, Endpoint][] {
  const { component, head, identity, peers } = instance;
  const asksAll = component.callsEveryService === true;
  const words = Object.entries({
    ...peers,
    ...(identity?.instance === undefined ? {} : { identity: identity.instance }),
  });
  return [...all].sort(byName).flatMap((other) => {
    const isNear = other.name !== instance.name && other.head === head;
    const isAsked = asksAll && other.identity?.url === identity?.url;
    return endpointsOf(other.component)
      .filter(
        ([key]) =>
          isNear ||
          isAsked ||
          words.some(([word, name]) => name === other.name && endpointNamed(other.component, word)?.[0] === key),
      )
      .map(([, endpoint]): [Connected, Endpoint] => [other, endpoint]);
  });
}

/** What listens on the network of a node has the node's address. */
function answering({ name, namespace, component }: Connected, endpoint: Endpoint, spec: ClusterSpec): Destination[] {
  const { role, port, protocols = ["TCP"] } = endpoint;
  const ports = protocols.map((protocol) => ({ port, protocol }));
  if (component.roles[role]?.hostNetwork === undefined) return [{ to: [{ namespace, instance: name, role }], ports }];
  return toNodes(ports, spec);
}

const atNodes = (ports: Ports = [], spec: ClusterSpec): Destination[] =>
  ports.length === 0 ? [] : toNodes(rangesOf(ports), spec);

/** All nodes, as far as their addresses are known. */
const toNodes = (ports: readonly PortRange[], { kubernetes: { nodeNetworks = [] } }: ClusterSpec): Destination[] =>
  nodeNetworks.length === 0 ? [] : [{ to: nodeNetworks.map((cidr) => block(cidr, [])), ports }];

function reached({ host, ports }: Server, spec: ClusterSpec): Destination[] {
  const ranges = rangesOf(ports);
  if (host === undefined) return [{ to: [{ pods: "all" }, ...anywhere([])], ports: ranges }];
  return target(host, ranges, spec);
}

/** What cluster.yaml adds. */
function asked(entry: NonNullable<Connected["spec"]["common"]["egress"]>[number], spec: ClusterSpec): Destination[] {
  const ports = [{ port: entry.port, protocol: entry.protocol }];
  return "network" in entry ? [{ to: [block(entry.network, [])], ports }] : target(entry.host, ports, spec);
}

/**
 * Policies know addresses and no names. A Service of the cluster is its pods, whose ports may be others than the Service's; what lies
 * outside is all addresses but those of the cluster, as far as they are known.
 */
function target(host: string, ports: readonly PortRange[], { kubernetes }: ClusterSpec): Destination[] {
  const namespace = /\.([^.]+)\.svc(?:\.|$)/.exec(host)?.[1];
  if (namespace !== undefined) return [{ to: [{ namespace }] }];
  if (isAddress(host))
    return linkLocal.some((network) => isWithin(networkOf(host), network))
      ? []
      : [{ to: [block(networkOf(host), [])], ports }];
  const { podNetworks = [], serviceNetworks = [], nodeNetworks = [] } = kubernetes;
  return [{ to: anywhere([...podNetworks, ...serviceNetworks, ...nodeNetworks]), ports }];
}

const anywhere = (but: readonly string[]): Place[] => everywhere.map((cidr) => block(cidr, but));

/** Never an address that a host gives itself: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ */
const block = (cidr: string, but: readonly string[]): Place => ({
  cidr,
  except: [...new Set([...linkLocal, ...but])].filter((network) => network !== cidr && isWithin(network, cidr)),
});

const rangesOf = (ports: Ports): PortRange[] =>
  ports.map((each) => {
    const [port, last] = typeof each === "number" ? [each] : each;
    return last === undefined ? tcp(port) : { ...tcp(port), last };
  });

const tcp = (port: number): PortRange => ({ port, protocol: "TCP" });
