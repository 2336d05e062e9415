import type { Component } from "../contract/component.ts";
import type { Connection, Consumer, Identity } from "../contract/connection.ts";
import type { NodeGroup } from "../contract/context.ts";
import type { Destination } from "../contract/destination.ts";
import type { Phase } from "../contract/kubernetes.ts";
import { defaultReplicas, mainRole } from "../contract/replicas.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";

/** A component as it will run: where, connected to what, and why it exists. */
export interface Instance {
  readonly name: string;
  readonly component: Component;
  /** What its name adds to the component's: `-two`, or empty. */
  readonly suffix: string;
  readonly namespace: string;
  readonly spec: InstanceSpec;
  readonly connections: readonly Connection[];
  readonly identity: Identity | undefined;
  /** Word of the header by which it finds another service -> instance. */
  readonly peers: Readonly<Record<string, string>>;
  /** The instance that it is a part of. */
  readonly owner: string | undefined;
  /** The instance of its family that is a part of nothing: itself, where there is no owner. */
  readonly head: string;
  /** Components of its family, sorted, without those that run on nodes: they live elsewhere and open no databases. */
  readonly family: readonly string[];
  /** The wave in which each phase begins inside the Application of the family. */
  readonly waves: Readonly<Record<Phase, number>>;
  /** Connections of its parts that its own pods open too. */
  readonly reach: readonly Connection[];
  /** The instance whose user in the Identity service it logs in as: itself, or the nearest owner that has one. */
  readonly login: string | undefined;
  /** The delivery engine leaves it alone: it says so itself, or one of its owners does. */
  readonly isSuspended: boolean;
  /** Instances that run before this one begins, its owner apart, sorted. */
  readonly after: readonly string[];
  /** Why it is there: the operator wrote it, or another instance needs it. */
  readonly origin: string;
  /** Namespaces of the instances that connect to it, sorted. */
  readonly clients: readonly string[];
  /** Who connects to it, and for what; sorted by instance. */
  readonly consumers: readonly Consumer[];
  /** Connections that its clients may open together, with reserve; 0 when it is not a database. */
  readonly connectionLimit: number;
  /** Its nodes, when its component runs once for each node group. Undefined in a base. */
  readonly nodeGroup: NodeGroup | undefined;
  /** Networks that clients on the network of a node come from. */
  readonly clientNetworks: readonly string[];
  /** Where its pods connect to; the Kubernetes API apart. */
  readonly destinations: readonly Destination[];
}

/** What we decided for one cluster. */
export interface Model {
  readonly spec: ClusterSpec;
  /** In dependency order; ties by name. */
  readonly instances: readonly Instance[];
  readonly namespaces: readonly Namespace[];
  /** Names of the operators whose custom resources occur, in order. */
  readonly operators: readonly string[];
  /** What the run before recorded of the instances that keep a place of their own for what providers share now. */
  readonly kept: Recorded;
  /** True of the cluster that bases are rendered for: placeholders stand for its values. */
  readonly isBase?: true;
}

/** What a run before recorded of connections: instance -> `database glance` -> provider. */
export type Recorded = Readonly<Record<string, { readonly providers: Readonly<Record<string, string>> }>>;
/** What Kubernetes admits in a namespace (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
export type PodSecurityLevel = "restricted" | NonNullable<Component["privilege"]>;

export interface Namespace {
  readonly name: string;
  /** Pod Security level: the highest that something in it needs. */
  readonly privilege: PodSecurityLevel;
  readonly instances: readonly string[];
}

/** Operators of the custom resources that an instance is made of. */
export const operatorsOf = ({ component, spec }: Pick<Instance, "component" | "spec">): readonly string[] => [
  ...(component.operators ?? []),
  ...(component.furtherOperators?.(spec.options) ?? []),
];

/** True when pods of the first connect to the second, for themselves or to reach a part's. */
export const isClient = ({ connections, reach }: Instance, provider: string): boolean =>
  [...connections, ...reach].some(({ instance }) => instance === provider);

/** The replica count of a role: the operator's word, else the profile's, else the component's. */
export function replicasOf(
  component: Component,
  spec: InstanceSpec,
  profile: "production" | "development",
  role: string,
): number {
  const { replicas } = spec.common;
  const written =
    typeof replicas === "number" ? (role === mainRole(component) ? replicas : undefined) : replicas?.[role];
  return written ?? defaultReplicas(component, profile, role);
}
