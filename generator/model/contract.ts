import type { z } from "zod";
import type { Release } from "./release.ts";

/** A Kubernetes object as it is written: the typed constructors of the kit end here. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** `production`: several replicas, spread; `development`: one of everything on one node. A profile is data, not code paths. */
export type Profile = "production" | "development";

/** Before the new code, the code, after the last old pod was told to end. Every object has exactly one owner phase. */
export type Phase = "expand" | "run" | "contract";
export const phases: readonly Phase[] = ["expand", "run", "contract"];

/** What infrastructure can provide. `dedicated: [database]` in cluster.yaml names one of these. */
export type Kind = "database" | "messaging" | "cache";

/**
 * Connections inside the cluster. `required`: all that can be are encrypted; `optional`: databases and brokers take both
 * kinds, and their clients encrypt; `none`: plain.
 */
export type InternalTls = "required" | "optional" | "none";

/** The two halves of the `grouped` namespace layout. */
export type Group = "infrastructure" | "services";

/** A connection that a component wants; its databases, users, vhosts and network policies are derived from it. */
export interface Need {
  readonly kind: Kind;
  /** Database or virtual host, for the default instance: `glance`. A second instance gets its suffix appended. */
  readonly name: string;
  /** oslo.config group of the connection: `database`, `placement_database`, `cache`. */
  readonly group: string;
}

/** A network endpoint of the Identity catalogue. */
export interface Endpoint {
  /** Catalogue type by the service types authority: `image`. */
  readonly type: string;
  /** Role whose Service answers: `api`. */
  readonly role: string;
  readonly port: number;
  /** Appended to every URL: `/v3`. */
  readonly path?: string;
  readonly description: string;
  /** Longest time that a request may take, seconds; 0 = no limit (an image upload). Default 60. */
  readonly timeout?: number;
}

/** What may exist several times inside a component (Nova's cells, back ends of Cinder) is an instance of a component of its own. */
export interface Part {
  readonly component: string;
  /** Suffix of the instance's name: `cell1` gives `nova-cell-cell1`. */
  readonly name: string;
  readonly options?: Record<string, unknown>;
  readonly dedicated?: readonly Kind[];
}

/** A resolved need: who provides it, and where. */
export interface Wire {
  readonly need: Need;
  /** Instance that provides it, or undefined when it is external to Overstack. */
  readonly instance: string | undefined;
  readonly namespace: string;
  /** Host that a client writes to (the Galera primary's Service), or the first of several members. */
  readonly host: string;
  readonly port: number;
  /** The client encrypts, and checks the server's certificate. */
  readonly tls: boolean;
  /** All members that a client lists by name (RabbitMQ, memcached), `host:port`-free host names in ordinal order. */
  readonly members: readonly string[];
  /** Name of the database or vhost at the provider. */
  readonly name: string;
  /** User that the client logs in as. */
  readonly account: Account;
  /** All users that exist for it: two while credentials rotate. */
  readonly accounts: readonly Account[];
}

/** A user somewhere, and the Secret with its password in the client's namespace. */
export interface Account {
  readonly name: string;
  readonly secret: string;
  /** What distinguishes its objects from the first generation's: `-g2`, or empty. */
  readonly mark: string;
  /** It is on its way out: when its objects go, it goes. */
  readonly leaving: boolean;
}

/** The service that a component authenticates against. */
export interface Identity {
  readonly instance: string;
  readonly namespace: string;
  /** In-cluster URL, with the version path. */
  readonly url: string;
}

/** Settings that every role of every component understands; the operator's words win over the component's. */
export interface Dials {
  readonly replicas?: number;
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

/** What a pod is given beside its own definition; the same for every role of an instance. */
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
  /** Environment variables of the main containers whose values are Secrets'. */
  readonly environmentFrom?: Readonly<Record<string, { readonly secret: string; readonly key: string }>>;
  /** Names of image pull Secrets, for the service accounts. */
  readonly pullSecrets?: readonly string[];
  /** ConfigMap with a CA bundle (key `ca.crt`) that clients trust in addition. */
  readonly trustedCa?: string;
}

/** All that rendering may read, facts of the cluster apart. */
export interface Context<O = unknown> {
  readonly component: string;
  readonly instance: string;
  /** What distinguishes this instance in object names: `-two`, or empty. */
  readonly suffix: string;
  readonly namespace: string;
  readonly release: Release;
  readonly profile: Profile;
  readonly internalTls: InternalTls;
  readonly options: O;
  /** Oslo project, the directory below /etc: `glance`. */
  readonly project: string;
  readonly uid: number;
  /** ConfigMaps that the renderer makes for this instance: mount these, never their content. */
  readonly configMaps: ConfigMapNames;
  readonly wires: readonly Wire[];
  readonly identity: Identity | undefined;
  /** Its users in the Identity service: the one in use, all, and the names of former ones. */
  readonly login: {
    readonly account: Account;
    readonly accounts: readonly Account[];
    readonly former: readonly string[];
  };
  readonly pod: PodSettings;
  /** Namespaces whose pods may connect to this instance; empty means nobody asked. */
  readonly clients: readonly string[];
  /** Connections that the clients of this database may open together, with reserve; 0 when unknown. */
  readonly connections: number;
  readonly dns: string;
  /** Namespace of the Gateway that routes attach to, and its class. */
  readonly gatewayNamespace: string;
  readonly gatewayClass: string;
  /** The delivery engine installs this operator; of another nobody knows whom it trusts. */
  readonly installs: (operator: string) => boolean;
  readonly storageClass: string | undefined;
  readonly sharedStorageClass: string | undefined;
  readonly wire: (kind: Kind) => Wire | undefined;
  readonly dials: (role: string) => Dials;
  readonly schedule: (name: string, fallback: string) => string;
  readonly image: (name?: string) => string;
}
export interface ConfigMapNames {
  /** /etc/<project>: the main file and its companions. */
  readonly etc: string;
  /** /etc/<project>/<project>.conf.d: what cluster and instance add. */
  readonly confD: string;
  /** Hosts and names that the environment is composed of. */
  readonly wiring: string;
  /** Extra environment: proxies, trusted CA, the operator's own. */
  readonly environment: string;
  /** Further directories below /etc/<project>, by directory name. */
  readonly directories: Readonly<Record<string, string>>;
}

/** Facts of the cluster. They may be put into text, never compared: a base is rendered with each one a sentinel. */
export interface Facts {
  readonly cluster: string;
  readonly domain: string;
  readonly region: string;
  /** URL of an endpoint by catalogue type, of this instance's own cloud. */
  readonly url: (type: string, view: "internal" | "public") => string;
  /** Public host names that the Gateway serves, sorted; empty in a base. */
  readonly publicNames: readonly PublicName[];
  /** How public names are protected: undefined in a base. */
  readonly tls: Tls | undefined;
}
export interface PublicName {
  /** Name of the listener: the instance. */
  readonly section: string;
  readonly host: string;
  readonly namespace: string;
}
export type Tls =
  | { readonly issuer: { readonly kind: string; readonly name: string } }
  | { readonly secret: string }
  | "none";

/** An oslo.config value; a list is joined by commas, `Multi` repeats the key. */
export type OptionValue = string | number | boolean | readonly (string | number)[];
export type Ini = Readonly<Record<string, Readonly<Record<string, OptionValue | undefined>>>>;

/** A Secret that must exist before the pods that name it can start. */
export interface RequiredSecret {
  readonly name: string;
  /** Key -> kind of value. */
  readonly keys: Readonly<Record<string, SecretKind>>;
  readonly purpose: string;
  /** Labels that a reader insists on. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Values of keys that are no secret: a user's name. */
  readonly known?: Readonly<Record<string, string>>;
  /** Same value as this Secret of another instance, copied into the reader's namespace. */
  readonly copyOf?: { readonly instance: string; readonly name: string };
  /** Made in the cluster by one of our own Jobs, never from Git. */
  readonly madeInCluster?: boolean;
}
/** What stands behind a key, and with it who makes it. */
export type SecretKind =
  /** Made by us: random text. */
  | "password"
  /** Made by us: a key of Keystone's credential repository. */
  | "credential-key"
  /** Made in the cluster: keys of Keystone's token repository. */
  | "fernet-keys"
  /** Known: see `known`. */
  | "username"
  /** Given by somebody else, who also decides what is valid. */
  | "access-key"
  | "secret-key"
  | "keyring"
  | "certificate"
  | "private-key"
  | "registry-credentials"
  | "given";

/**
 * A certificate that a server shows, by cert-manager: a Secret with `tls.crt`, `tls.key`, and `ca.crt` of who signed it.
 * One for the whole cluster is written beside the namespaces: it names the issuer, which a base does not know.
 */
export interface ServerCertificate {
  /** Name of the Secret, and of the Certificate. */
  readonly secret: string;
  readonly dnsNames: readonly string[];
  /** X.509 key usages; default: those of a server. */
  readonly usages?: readonly string[];
  /** Labels of the Secret that a reader insists on. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Something about living data that an edit must not change unnoticed. */
export interface DataFact {
  readonly key: string;
  readonly value: string | number;
  /** The value as a person writes it. */
  readonly shown: string;
  /** `keep`: may change with the operator's consent; `grow`: the server refuses less; `fixed`: the server refuses any change. */
  readonly rule: "keep" | "grow" | "fixed";
  /** "the volume of each member" */
  readonly what: string;
  /** What a change would mean, and the way out. */
  readonly consequence: string;
}

/** An object and the phase that owns it. */
export interface Placed {
  readonly phase: Phase;
  readonly object: KubernetesObject;
}

/** What a client of a providing component must know, computed from the provider's resolved instance. */
export interface Provided {
  readonly host: string;
  readonly port: number;
  readonly members: readonly string[];
  readonly tls: boolean;
}
export interface ProviderView<O> {
  readonly instance: string;
  readonly namespace: string;
  readonly dns: string;
  readonly profile: Profile;
  readonly internalTls: InternalTls;
  readonly replicas: number;
  readonly options: O;
}

/** A role with its default replica count; the kit renders a workload for it. */
export interface Role {
  readonly replicas: number;
  /** `odd`: a quorum that must be odd; `free`: any number; `one`: exactly one. */
  readonly scaling: "free" | "odd" | "one";
  /** Clients list every replica by name: load must not change their number. */
  readonly listed?: true;
  /** Cannot be scaled in while data lives in it: why, in a sentence. */
  readonly shrinks?: string;
  /** What one replica opens against the database: processes x (threads + overflow). */
  readonly connections?: number;
}

/** Data header and builder functions of one component; one file each. */
export interface Component<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** One sentence that tells an operator something true. */
  readonly summary: string;
  readonly group: Group;
  /** Infrastructure: what it provides to others, and how they reach it. */
  readonly provides?: Kind;
  /** Options that an instance made by `dedicated` takes over from the component's default instance. */
  readonly inherits?: readonly string[];
  /** Infrastructure: it carries the public names of all services. */
  readonly publishes?: boolean;
  readonly provided?: (view: ProviderView<z.output<S>>) => Provided;
  readonly options: S;
  /** Refused combinations of options: code, text and way out. */
  readonly check?: (input: CheckInput<z.output<S>>) => readonly Refusal[];
  readonly roles: Readonly<Record<string, Role>>;
  /** Per profile, what differs from the roles' defaults. */
  readonly development?: { readonly roles?: Readonly<Record<string, Partial<Role>>> };
  readonly images: Readonly<Record<string, (release: Release) => string>>;
  /** Main configuration file and the oslo project whose directory it lies in. */
  readonly project?: string;
  readonly conf?: string;
  /** Further directories below /etc/<project> that the operator's files may go to. */
  readonly directories?: readonly string[];
  readonly needs?: (options: z.output<S>) => readonly Need[];
  /** Catalogue types of other services whose API must be up first: `identity`. */
  readonly requires?: readonly string[];
  /** What its operator appends to a name, for objects of its own: no instance may be called so. */
  readonly reserves?: readonly string[];
  /** Operators whose custom resources it is made of. */
  readonly operators?: readonly string[];
  readonly parts?: (options: z.output<S>) => readonly Part[];
  readonly endpoints?: Readonly<Record<string, Endpoint>>;
  /** User of the service in the Identity service; its roles in project `service`. */
  readonly user?: { readonly roles: readonly string[] };
  readonly uid?: number;
  readonly crons?: Readonly<Record<string, string>>;
  /** Living data of an instance, for comparison with the run before. */
  readonly data?: (ctx: Context<z.output<S>>) => readonly DataFact[];
  readonly secrets?: (ctx: Context<z.output<S>>) => readonly RequiredSecret[];
  /** Certificates beside those of its endpoints. */
  readonly certificates?: (ctx: Context<z.output<S>>) => readonly ServerCertificate[];
  readonly config?: (ctx: Context<z.output<S>> & Facts) => Readonly<Record<string, Ini | string>>;
  readonly manifests: (ctx: Context<z.output<S>> & { readonly facts: Facts }) => readonly Placed[];
}
export interface CheckInput<O> {
  readonly instance: string;
  readonly profile: Profile;
  readonly options: O;
  /** The most that there may be of a role. */
  readonly replicas: (role: string) => number;
  readonly sharedStorageClass: string | undefined;
}
/** Why a combination is refused, and where in the instance's settings. */
export interface Refusal {
  readonly code: string;
  readonly severity?: "error" | "warning";
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string;
}

/** Declares a component; exists for type inference of its options. */
export const component = <S extends z.ZodObject>(definition: Component<S>): Component<S> => definition;

/** The catalogue: every component by name. */
export type Catalogue = ReadonlyMap<string, Component>;
