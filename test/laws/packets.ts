import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import type { Rendered } from "./cases.ts";
import { objectsOf, type Pods, type Selector, selects } from "./objects.ts";
import { perCluster } from "./per-cluster.ts";

/** The first packet of a connection. */
export interface Packet {
  readonly client: Party;
  readonly server: Party;
  readonly port: number;
}
/** Who sends or gets it. */
export type Party = Pick<Pods, "owner" | "namespace" | "labels"> & { readonly spec?: { readonly hostNetwork?: true } };

/** A network policy as Kubernetes reads it. */
export interface Policy {
  readonly podSelector: Selector;
  readonly policyTypes: readonly ("Ingress" | "Egress")[];
  readonly ingress?: readonly (Ports & { readonly from?: readonly Peer[] })[];
  readonly egress?: readonly (Ports & { readonly to?: readonly Peer[] })[];
}
interface Ports {
  readonly ports?: readonly { readonly port: number; readonly endPort?: number; readonly protocol?: "TCP" | "UDP" }[];
}
export interface Peer {
  readonly ipBlock?: Block;
  readonly namespaceSelector?: Selector;
  readonly podSelector?: Selector;
}
export interface Block {
  readonly cidr: string;
  readonly except?: readonly string[];
}

/** The network policies of a cluster. */
export const policiesOf = perCluster((cluster: Rendered): readonly KubernetesObject[] =>
  objectsOf(cluster)
    .map(({ object }) => object)
    .filter(({ kind }) => kind === "NetworkPolicy"),
);

export const specOf = ({ spec }: KubernetesObject): Policy => spec as Policy;

/** True of a pod on the network of its node: no policy selects it. */
export const isOnNode = ({ spec }: Party): boolean => spec?.hostNetwork === true;

/** The policies of one direction that select a pod. */
const about = (party: Party, policies: readonly KubernetesObject[], way: "Ingress" | "Egress"): KubernetesObject[] =>
  policies.filter(
    (policy) =>
      policy.metadata.namespace === party.namespace &&
      specOf(policy).policyTypes.includes(way) &&
      selects(specOf(policy).podSelector, party.labels),
  );

/** True when the server's policies let a packet in: a pod that none selects takes everything. */
export function isAdmitted({ client, server, port }: Packet, policies: readonly KubernetesObject[]): boolean {
  const own = about(server, policies, "Ingress");
  return (
    own.length === 0 ||
    own.some((policy) =>
      (specOf(policy).ingress ?? []).some(({ from, ports }) => isOpen(port, ports) && includes(from, client, policy)),
    )
  );
}

/** True when the client's policies let a packet out. */
export function isAllowed({ client, server, port }: Packet, policies: readonly KubernetesObject[]): boolean {
  const own = isOnNode(client) ? [] : about(client, policies, "Egress");
  return (
    own.length === 0 ||
    own.some((policy) =>
      (specOf(policy).egress ?? []).some(({ to, ports }) => isOpen(port, ports) && includes(to, server, policy)),
    )
  );
}

const isOpen = (port: number, ports: Ports["ports"]): boolean =>
  ports === undefined || ports.some(({ port: first, endPort = first }) => first <= port && port <= endPort);

const includes = (peers: readonly Peer[] | undefined, party: Party, { metadata }: KubernetesObject): boolean =>
  peers === undefined ||
  peers.some(({ ipBlock, namespaceSelector, podSelector = {} }) =>
    // All blocks of these clusters are networks of their nodes, or lie outside.
    ipBlock !== undefined || isOnNode(party)
      ? ipBlock !== undefined && isOnNode(party)
      : selects(podSelector, party.labels) &&
        (namespaceSelector === undefined
          ? party.namespace === metadata.namespace
          : selects(namespaceSelector, { "kubernetes.io/metadata.name": party.namespace })),
  );

/** The blocks of addresses that a policy names. */
export const blocksOf = (policy: KubernetesObject): readonly Block[] =>
  [
    ...(specOf(policy).ingress ?? []).flatMap(({ from = [] }) => from),
    ...(specOf(policy).egress ?? []).flatMap(({ to = [] }) => to),
  ].flatMap(({ ipBlock }) => ipBlock ?? []);
