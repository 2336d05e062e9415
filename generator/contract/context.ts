import type { Role } from "./component.ts";
import type { ConfigMapNames } from "./configuration.ts";
import type { Account, Connection, Consumer, Identity, KindOrGroup } from "./connection.ts";
import type { Destination } from "./destination.ts";
import type { Peer } from "./peers.ts";
import type { Release } from "./release.ts";
import type { OptionSecrets } from "./secret.ts";

/** `production`: several replicas, spread; `development`: one of everything on one node. A profile is data, not code paths. */
export type Profile = "production" | "development";

/**
 * Connections inside the cluster. `required`: all that can be are encrypted; `optional`: databases and brokers take both
 * kinds, and their clients encrypt; `none`: plain.
 */
export type InternalTls = "required" | "optional" | "none";

/**
 * The maps of instances in cluster.yaml, and the parts of the `grouped` namespace layout: what services need, the services,
 * and what runs on chosen nodes, once on each.
 */
export const groups = ["infrastructure", "services", "nodes"] as const;
export type Group = (typeof groups)[number];

/** Families of addresses, in Kubernetes' words: https://kubernetes.io/docs/concepts/services-networking/dual-stack/ */
export const ipFamilies = ["IPv4", "IPv6"] as const;
export type IpFamily = (typeof ipFamilies)[number];

/** Nodes that do the same, as cluster.yaml names them. */
export interface NodeGroup {
  readonly name: string;
  /** What its nodes do: `hypervisor`. */
  readonly roles: readonly string[];
  /** Labels that its nodes carry, and no node of another group. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Physical network as Neutron calls it -> interface of the nodes that leads to it. */
  readonly physicalNetworks: Readonly<Record<string, string>>;
}

/** Settings that every role of every component understands; the operator's words win over the component's. */
export interface Scaling {
  readonly replicas?: number;
  /** For what runs on nodes: how many pods may be away at a time while a commit rolls out, a count or a percentage. */
  readonly maxUnavailable?: number | string;
  readonly resources?: Resources;
  readonly autoscaling?: Autoscaling;
}

export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

export interface Autoscaling {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Target mean CPU utilisation, percent of the request. */
  readonly cpu: number;
}

/** What a pod is given in addition to its own definition; the same for every role of an instance. */
export interface PodSettings {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly object[];
  readonly priorityClassName?: string;
  /** Node labels that replicas spread over, most local first. Default: host and zone. */
  readonly topologyKeys?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly volumes?: readonly { readonly volume: object; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly sidecars?: readonly object[];
  /** Environment variables of the main containers whose values come from Secrets. */
  readonly environmentFrom?: Readonly<Record<string, { readonly secret: string; readonly key: string }>>;
  /** Names of image pull Secrets, for the service accounts. */
  readonly pullSecrets?: readonly string[];
  /** ConfigMap with a CA bundle (key `ca.crt`) that clients trust in addition. */
  readonly trustedCa?: string;
}

/** Everything that rendering may read, except the values of the cluster. */
// biome-ignore lint/suspicious/noExplicitAny: shared code does not look into the options of a component
export interface Context<O = any> {
  readonly component: string;
  readonly instance: string;
  /** What distinguishes this instance in object names: `-two`, or empty. */
  readonly suffix: string;
  readonly namespace: string;
  readonly release: Release;
  readonly profile: Profile;
  readonly internalTls: InternalTls;
  /** Addresses of the cluster; pods and Services have those of the first. */
  readonly ipFamilies: readonly IpFamily[];
  /** True when Services send a request to a server on the caller's own node, where one is ready. */
  readonly prefersSameNode: boolean;
  readonly options: O;
  /** Oslo project, the directory below /etc: `glance`. */
  readonly project: string;
  readonly uid: number;
  /** ConfigMaps that the renderer makes for this instance: mount these, never their content. */
  readonly configMaps: ConfigMapNames;
  readonly connections: readonly Connection[];
  /** The instance that this one is a part of. */
  readonly owner: Relative | undefined;
  /** Its parts, sorted by name. */
  readonly parts: readonly Relative[];
  /** The other parts of its owner, sorted by name. */
  readonly siblings: readonly Relative[];
  /** Components of its family, sorted: all that have the same head, but for those that run on nodes. */
  readonly family: readonly string[];
  /** Connections of its parts that its own pods open too. */
  readonly reach: readonly Connection[];
  readonly identity: Identity | undefined;
  /** The service behind a word of `requires`, `knows` or `wants`; undefined where a wanted one is not there. */
  readonly peer: (typeOrKey: string) => Peer | undefined;
  /** Instances whose headers name a service of this one, those that ask an Identity service included, sorted. */
  readonly askers: readonly Peer[];
  /** Its users in the Identity service: the one in use, all, and the names of former ones. */
  readonly login: {
    readonly account: Account;
    readonly accounts: readonly Account[];
    readonly former: readonly string[];
  };
  /** Its further users there, by what they are for. */
  readonly users: Readonly<Record<string, { readonly account: Account }>>;
  /** Options whose values come from Secrets of its own. */
  readonly secretOptions: Readonly<Record<string, OptionSecrets>>;
  readonly pod: PodSettings;
  /** The nodes that it runs on, when its component runs once for each node group; undefined in a base. */
  readonly nodeGroup: NodeGroup | undefined;
  /** Namespaces whose pods may connect to this instance; empty means nobody asked. */
  readonly clients: readonly string[];
  /** Who connects to this provider, and for what; empty in a base. */
  readonly consumers: readonly Consumer[];
  /** Networks of the nodes, where pods on the network of a node may connect to this instance. */
  readonly clientNetworks: readonly string[];
  /** Where its pods may connect to, name servers among it, and the Kubernetes API; undefined where nothing holds them back. */
  readonly egress:
    | { readonly destinations: readonly Destination[]; readonly names: Destination; readonly kubernetes: Destination }
    | undefined;
  /** Connections that the clients of this database may open together, with reserve; 0 when unknown. */
  readonly connectionLimit: number;
  readonly dns: string;
  /** Namespace of the Gateway that routes attach to, and its class. */
  readonly gatewayNamespace: string;
  readonly gatewayClass: string;
  /** True when the delivery engine installs this operator. We do not know which CA another one trusts. */
  readonly installs: (operator: string) => boolean;
  readonly storageClass: string | undefined;
  readonly sharedStorageClass: string | undefined;
  /** A connection by its group, or the first of a kind. */
  readonly connection: (word: KindOrGroup) => Connection | undefined;
  readonly scaling: (role: string) => Scaling;
  /** The header's entry for a role; undefined for a Job or a cron. */
  readonly role: (name: string) => Role | undefined;
  /** When a cron of the header runs, and whether the operator has suspended it. */
  readonly schedule: (cron: string) => { readonly schedule: string; readonly suspend: boolean };
  readonly image: (name?: string) => string;
}

/** An owner as its part sees it, or a part as its owner does. */
// biome-ignore lint/suspicious/noExplicitAny: of the type that the component of the other instance gives
export interface Relative<O = any> extends Peer {
  readonly options: O;
  readonly connections: readonly Connection[];
}

/** ClusterValues of the cluster. They may be put into text, never compared: a base is rendered with a placeholder for each. */
export interface ClusterValues {
  readonly cluster: string;
  readonly domain: string;
  readonly region: string;
  /**
   * URL of an endpoint by catalogue type or key: its own, its owner's, or that of a service that its header names. Of one
   * that it only wants, `peer` says whether it is there.
   */
  readonly url: (typeOrKey: string, view: "internal" | "public") => string;
  /** The same of an endpoint of another instance: of one that asks this one, of a part of its owner. */
  readonly urlOf: (other: Peer, typeOrKey: string, view: "internal" | "public") => string;
  /** Public host names that the Gateway serves, sorted; empty in a base. */
  readonly publicNames: readonly PublicName[];
  /** How public names are protected: undefined in a base. */
  readonly tls: Tls | undefined;
}

export interface PublicName {
  /** Name of the listener: key of the endpoint and suffix of the instance. */
  readonly section: string;
  readonly host: string;
  readonly namespace: string;
  /** Passwords are tried there. */
  readonly passwords: boolean;
}

export type Tls =
  | { readonly issuer: { readonly kind: string; readonly name: string } }
  | { readonly secret: string }
  | "none";
