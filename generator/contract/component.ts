import type { z } from "zod";
import type { Issue } from "../issues/issue.ts";
import type { Ini } from "./configuration.ts";
import type { Connection, Kind, Need, Provided, ProviderView } from "./connection.ts";
import type { ClusterValues, Context, Group, NodeGroup, Profile } from "./context.ts";
import type { Ports, Server } from "./destination.ts";
import type { Phase, Placed } from "./kubernetes.ts";
import type { OwnPool } from "./pools.ts";
import type { ByRelease, Release } from "./release.ts";
import type { RequiredSecret, SecretOption, ServerCertificate } from "./secret.ts";

/**
 * Where a role answers. Its key is what it is called in public: host name, listener of the Gateway, name in the catalogue, each
 * with the instance's suffix. The key of the main one is the component's name, that of another `<component>-<role>`.
 */
export interface Endpoint {
  /** Types by the service types authority: `image`. The catalogue lists the endpoint under each; without one it does not list it. */
  readonly type?: string | readonly string[];
  /** Role whose Service answers: `api`. A role has one endpoint at most. */
  readonly role: string;
  readonly port: number;
  /** Appended to every URL: `/v3`. */
  readonly path?: string;
  /** What the catalogue says about it. */
  readonly description?: string;
  /** `false`: only pods and nodes of the cluster reach it. */
  readonly public?: false;
  /** Without it: HTTP behind the Gateway. With it a Service of type LoadBalancer makes the endpoint public; it has no URL. */
  readonly protocols?: readonly ("TCP" | "UDP")[];
  /** Passwords are tried there: the Gateway can limit how often one address does so. */
  readonly passwords?: true;
  /** Longest time that a request may take, seconds; 0 = no limit (an image upload). Default 60. */
  readonly timeout?: number;
}

/** An instance, as what it tells others may depend on it. */
interface Told {
  /** What distinguishes it in object names: `-two`, or empty. */
  readonly suffix: string;
  readonly connections: readonly Connection[];
}

/** What may exist several times inside a component (Nova's cells, back ends of Cinder) is an instance of a component of its own. */
export interface Part {
  readonly component: string;
  /**
   * End of the instance's name, behind the component's name and the owner's suffix: `cell1` gives `nova-cell-cell1`. Without it there
   * is one of its component: `cinder-backup`.
   */
  readonly name?: string;
  /** All of its options: cluster.yaml sets none at a part. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Infrastructure of its own, where cluster.yaml does not say otherwise at the part; without it that of the owner. */
  readonly dedicated?: readonly Kind[];
  /** Node group that it runs on. */
  readonly nodeGroup?: string;
}

/** Where the phases of a part stand between those of its owner. */
export interface PartOrder {
  /** Phase of the part -> phase of the owner that comes before it. Default: `{ expand: "run" }`. */
  readonly after?: PhaseMap;
  /** Phase of the part -> phase of the owner that waits for it. */
  readonly before?: PhaseMap;
}
type PhaseMap = Readonly<Partial<Record<Phase, Phase>>>;

/** Something about living data that an edit must not change unnoticed. */
export interface DataConstraint {
  readonly key: string;
  readonly value: string | number;
  /** The value as a person writes it. */
  readonly shown: string;
  /**
   * `keep`: may change with the operator's consent; `less`: may become less with it, and more without; `grow`: the server refuses less;
   * `fixed`: the server refuses any change.
   */
  readonly rule: "keep" | "less" | "grow" | "fixed";
  /** With `keep`, what it is where nothing is said of it: in a cluster without this fact, and before an earlier version knew it. */
  readonly otherwise?: string;
  /** "the volume of each member" */
  readonly what: string;
  /** What a change would mean, and the way out. */
  readonly consequence: string;
  /** With `grow`, where the server refuses more, too: what somebody does by hand, after the operator's consent. */
  readonly byHand?: string;
}

/** A role with its default replica count; the kit renders a workload for it. */
export interface Role {
  /** Absent where the nodes are the count. */
  readonly replicas?: number;
  /** `odd`: a quorum that must be odd; `free`: any number; `one`: exactly one; `node`: one on each node that is selected. */
  readonly scaling: "free" | "odd" | "one" | "node";
  /** It stands beside the main role: a count of replicas that names no role is not of it. */
  readonly beside?: true;
  /** Clients list every replica by name: load must not change their number. */
  readonly listed?: true;
  /** Processes of a replica that each open connections to its databases. Without it, it opens none. */
  readonly processes?: number;
  /** Where a file says how many they are, for an operator who says otherwise: file, group, option. */
  readonly processesOption?: readonly [file: string, group: string, option: string];
  /** Its pods use the network of their node: no network policy selects them, and they come from the node's address. */
  readonly hostNetwork?: true;
  /** An operator makes its pods, of a number of replicas, with these labels and the name of the instance: by them they are selected. */
  readonly podLabels?: (instance: string) => Readonly<Record<string, string>>;
  /** Its pods see the processes of their node. */
  readonly hostPID?: true;
  /** Directories of the node in its main container, by the name of the volume. */
  readonly hostPaths?: Readonly<Record<string, HostPath>>;
  /** Its main container runs as root, with all rights and devices of the node. */
  readonly privileged?: true;
  /**
   * For a role that runs on nodes: what the end of a pod interrupts there. A commit does not replace its pods: a new one
   * starts when somebody deletes the old one, or when the node restarts.
   */
  readonly interrupts?: string;
}

/** A directory of a node. It is made where it is missing. */
export interface HostPath {
  readonly path: string;
  /** Default: the same path. */
  readonly mountPath?: string;
  readonly readOnly?: true;
  /** Mounts that either side makes below it are seen by the other: network namespaces, volumes of machines. */
  readonly shared?: true;
}

/** The option that names a file of the image. */
export interface FromImage {
  readonly file: string;
  readonly group: string;
  readonly option: string;
  /** Value with which it names one that the operator writes. */
  readonly own: string;
}

/** Domains, roles and users of a service's own in the Identity service. */
export interface OwnIdentity {
  readonly domains?: readonly OwnDomain[];
  readonly roles?: readonly string[];
  /** Keys say what a user is for: `stack-admin` of `heat` is `heat-stack-admin`. */
  readonly users?: Readonly<Record<string, OwnUser>>;
}

export interface OwnDomain {
  readonly name: string;
  readonly description?: string;
  /** Option that holds the name: `DEFAULT.stack_user_domain_name`. */
  readonly option?: string;
}

export interface OwnUser {
  /** Domain that it lies in, and has its roles on. */
  readonly domain: string;
  readonly roles: readonly string[];
  /** Option that holds its name: `DEFAULT.stack_domain_admin`. That of its password has `_password` behind it, and comes by environment. */
  readonly option: string;
}

/** A user that the operator asks an Identity service for. */
export interface MadeUser {
  readonly name: string;
  readonly domain: string;
  /** Secret in the namespace of the Identity service that holds its password. */
  readonly secret: string;
  /** Where it is written, below the instance. */
  readonly path: readonly (string | number)[];
}

/** A program that runs to its end once, and again when what it runs changes. */
export interface Job {
  readonly phase: Exclude<Phase, "run">;
}

/** Housekeeping on a schedule. */
export interface Cron<O> {
  /** Five cron fields, which the operator may change; or what follows from an option; then the operator may not change it. */
  readonly at: string | ((options: O) => string);
  /** It is there only where a connection or an option of the instance asks for it. */
  readonly optional?: true;
}

/** Data header and builder functions of one component; one file each. `O` is what its options are, once parsed. */
// biome-ignore lint/suspicious/noExplicitAny: shared code hands a component the options that the component's own schema parsed
export interface Component<O = any> {
  readonly name: string;
  /** One sentence that tells an operator something true. */
  readonly summary: string;
  readonly group: Group;
  /** Infrastructure: what it provides to others, and how they reach it. */
  readonly provides?: Kind;
  /** What it promises, where a kind has several providers: a word of the kind's `grades`. */
  readonly grade?: string;
  /** Options that an instance made by `dedicated` takes over from the component's default instance. */
  readonly inherits?: readonly string[];
  /** There is one instance of it in a cluster, with the plain name. */
  readonly single?: true;
  /** Infrastructure: it carries the public names of all services. */
  readonly publishes?: boolean;
  readonly provided?: (view: ProviderView<O>) => Provided;
  readonly options: z.ZodObject;
  /** Refused combinations of options; the path of each begins below the instance. */
  readonly check?: (input: CheckInput<O>) => readonly Issue[];
  readonly roles: Readonly<Record<string, Role>>;
  /** Per profile, what differs from the roles' defaults. */
  readonly development?: { readonly roles?: Readonly<Record<string, Partial<Role>>> };
  readonly images: Readonly<Record<string, (release: Release) => string>>;
  /** Further images, which nobody publishes: what each must have. An option asks for one, and `image` in cluster.yaml names it. */
  readonly ownImages?: Readonly<Record<string, string>>;
  /** Directory of its configuration, below /etc. */
  readonly project?: string;
  /** Main file of its oslo project, which oslo.config reads before the layers in `<project>.conf.d`. Without it, all files are read alone. */
  readonly conf?: string;
  /** Further ini files with layers: their programs read the directory `<file>.d` after them (`--config-dir`). */
  readonly layered?: readonly string[];
  /** Files of its package that its programs read in the image, and not in /etc/<project>. */
  readonly fromImage?: Readonly<Record<string, FromImage>>;
  /** Options that follow from a key of cluster.yaml, which other objects follow too: `token.expiration` -> `tokens.expiration`. */
  readonly dials?: Readonly<Record<string, string>>;
  /** Further directories below /etc/<project> that the operator's files may go to. */
  readonly directories?: readonly string[];
  readonly needs?: (options: O) => readonly Need[];
  /** Other services whose API must be up first, by catalogue type or key of an endpoint: `identity`. Added where missing. */
  readonly requires?: readonly string[];
  /** The same without an order: services that know each other. */
  readonly knows?: readonly string[];
  /** Services that it uses if they are there; none is added. */
  readonly wants?: readonly string[];
  /** It calls whatever its Identity service lists, for its users: all services of the cloud. */
  readonly callsEveryService?: true;
  /** What services must know that name it, or that it names, in words that the two share; shared code hands it on unread. */
  readonly details?: (options: O, instance: Told) => Readonly<Record<string, unknown>>;
  /** Servers outside that its options name; `uses` names others. */
  readonly outside?: (options: O) => readonly Server[];
  /** Pools of storage that its options name with servers of their own; those of a connection its needs say. */
  readonly pools?: (options: O) => readonly OwnPool[];
  /** Ports at the nodes' own addresses that its pods connect to. */
  readonly nodePorts?: Ports;
  /** The pods that its operator makes call the Kubernetes API. */
  readonly callsKubernetes?: true;
  /** Operators whose custom resources it is made of. */
  readonly operators?: readonly string[];
  /** Further operators, which some of its options ask for. */
  readonly furtherOperators?: (options: O) => readonly string[];
  /** Infrastructure: StorageClasses that it makes, without what all objects have. Who names one for its volumes begins after it. */
  readonly storageClasses?: (view: {
    readonly options: O;
    readonly profile: Profile;
  }) => Readonly<Record<string, object>>;
  /** The same for VolumeSnapshotClasses, which are there where the cluster has their definitions. */
  readonly snapshotClasses?: (view: { readonly options: O }) => Readonly<Record<string, object>>;
  /**
   * Its parts; those that run once for each node group name it. It is given the groups that it may take without being told: all of
   * them, and none for an instance with another name than the component's.
   */
  readonly parts?: (options: O, nodeGroups: readonly NodeGroup[]) => readonly Part[];
  /** It exists as a part of an instance of this component, and never alone. */
  readonly partOf?: string;
  /** Components of its parts whose databases and brokers its own pods connect to. */
  readonly reaches?: readonly string[];
  /** For a part: its place between the phases of its owner. */
  readonly order?: PartOrder;
  /** Role of the nodes without which it does nothing: in production a group of them is asked for, in development all nodes are one. */
  readonly worksOn?: string;
  /** Role of a node group, or roles: it runs once for each group that has one of them, and is called after the group. */
  readonly perNodeGroup?: string | readonly string[];
  /** Of what runs on a node group: true where the operator says that its nodes have it already. Then there is no instance. */
  readonly isExisting?: (options: O) => boolean;
  /** The Pod Security level that its pods need, where `restricted` is not enough. */
  readonly privilege?: "baseline" | "privileged";
  /** It lives in this namespace, whatever the layout says: its operator has rights there alone. */
  readonly namespace?: string;
  readonly endpoints?: Readonly<Record<string, Endpoint>>;
  /** User of the service in the Identity service; its roles in project `service`, by release where others ask for more. */
  readonly user?: {
    readonly roles: readonly string[] | ByRelease<readonly string[]>;
    /** Roles that earlier versions gave it and nothing needs: they are taken away. */
    readonly formerRoles?: readonly string[];
  };
  /** What else the Identity service holds for it: made by the Job `register`, users by generations like its own. */
  readonly identity?: (ctx: Pick<Context<O>, "instance" | "options">) => OwnIdentity;
  /** An Identity service: the users that its options make. */
  readonly makesUsers?: (options: O) => readonly MadeUser[];
  readonly uid?: number;
  readonly jobs?: Readonly<Record<string, Job>>;
  readonly crons?: Readonly<Record<string, Cron<O>>>;
  /** Living data of an instance, for comparison with the run before. */
  readonly data?: (ctx: Context<O>) => readonly DataConstraint[];
  readonly secrets?: (ctx: Context<O>) => readonly RequiredSecret[];
  /** Options whose values Overstack makes: `kek` of `barbican` is the Secret `barbican-kek`. */
  readonly secretOptions?: Readonly<Record<string, SecretOption>>;
  /**
   * An authority of its own signs its certificates, those of its clients, and those of its parts that name it, and nobody else's. They are there
   * also where the inside is plain.
   */
  readonly authority?: true;
  /** Certificates other than that of its endpoints; or that one, under its Secret's name, where it has further names. */
  readonly certificates?: (ctx: Context<O>) => readonly ServerCertificate[];
  readonly config?: (ctx: Context<O> & ClusterValues) => Readonly<Record<string, Ini | string>>;
  readonly manifests: (ctx: Context<O> & ClusterValues) => readonly Placed[];
}

export interface CheckInput<O> {
  readonly instance: string;
  readonly profile: Profile;
  readonly options: O;
  /** Names of the files that the operator gives it. */
  readonly files: readonly string[];
  /** Names of the images that the operator gives it. */
  readonly images: readonly string[];
  /** The most that there may be of a role. */
  readonly replicas: (role: string) => number;
  readonly sharedStorageClass: string | undefined;
  /** Zones that the cluster has, where they are named. */
  readonly zones: readonly string[] | undefined;
  /** The node groups of the cluster, by name. */
  readonly nodeGroups: readonly NodeGroup[];
}

/** Declares a component; exists for type inference of its options. */
export const component = <S extends z.ZodObject>(
  definition: Component<z.output<S>> & { readonly options: S },
): Component<z.output<S>> => definition;

/** The catalogue: every component by name. */
export type Catalogue = ReadonlyMap<string, Component>;
