import type { InternalTls, Profile } from "./context.ts";
import type { Ports } from "./destination.ts";
import type { Peer } from "./peers.ts";

/** What infrastructure can provide, by its name in cluster.yaml (`dedicated: [database]`): a file of connections/. */
export type Kind = string;

/** A connection that a component wants; its databases, users, vhosts and network policies are derived from it. */
export interface Need {
  readonly kind: Kind;
  /** Database or virtual host, for the default instance: `glance`. A second instance gets its suffix appended. */
  readonly name: string;
  /** oslo.config group of the connection: `database`, `placement_database`, `cache`. No two needs share one. */
  readonly group: string;
  /** What a broker is used for: calls between a service's own processes, or events that others read. */
  readonly use?: "rpc" | "notifications";
  /**
   * Who has the place of that name; default: the client itself. `owner`, for a part: it uses its owner's connection of
   * this kind and name, with the owner's user and Secret. `provider`: one for all clients of the shared provider, which makes it.
   */
  readonly from?: "owner" | "provider";
  /** What the client may do in a place of the provider's: write to it, or read from it too. Default: write. */
  readonly access?: "write" | "read";
  /** Of a kind whose clients have one user for several places of the provider's: place -> what the client may do there. */
  readonly places?: Readonly<Record<string, "write" | "read">>;
  /** Of a kind with several providers, the least that the provider must promise, in the kind's words: `correctness`. */
  readonly grade?: string;
}

/** Names connections: by their kind, or one of them by its group; a group wins over a kind of the same name. */
export type KindOrGroup = string;

/** The connections that the words name; all of them without words. */
export const chosen = (connections: readonly Connection[], words?: readonly KindOrGroup[]): readonly Connection[] =>
  words === undefined
    ? connections
    : connections.filter(({ need }) => words.some((word) => names(connections, word, need)));

const names = (connections: readonly Connection[], word: KindOrGroup, { kind, group }: Need): boolean =>
  word === group || (word === kind && !connections.some(({ need }) => need.kind === kind && need.group === word));

/** A resolved need: who provides it, and where. */
export interface Connection {
  readonly need: Need;
  /** Instance that provides it, or undefined when it is external to Overstack. */
  readonly instance: string | undefined;
  readonly namespace: string;
  /** Host that a client writes to (the Galera primary's Service), or the first of several members. */
  readonly host: string;
  readonly port: number;
  /** Ports of the server's pods that its clients use; after a change of `port` those of older pods too. */
  readonly ports: Ports;
  /** The client encrypts, and checks the server's certificate. */
  readonly tls: boolean;
  /** ConfigMap with the certificates to check a server outside with; undefined: the cluster's own. */
  readonly authority?: string;
  /** Names that a client lists: of memcached each member, in ordinal order; of others one Service. Without ports. */
  readonly members: readonly string[];
  /** Name of the database or vhost at the provider. */
  readonly name: string;
  /** What a client must know besides, in the words of the kind; see `Provided`. */
  readonly details?: Readonly<Record<string, string>>;
  /** What tells it apart from another connection of its kind, in names of objects and variables: `api`, or empty. */
  readonly distinction: string;
  /** User that the client logs in as. */
  readonly account: Account;
  /** All users that exist for it: two while credentials rotate. */
  readonly accounts: readonly Account[];
  /** Who changes tables, where `account` may read and write rows alone: Jobs log in as it. */
  readonly schema?: Accounts;
  /** Who lends it, and makes its database, user and Secret; undefined when it is the instance's own. */
  readonly lender?: { readonly instance: string; readonly namespace: string };
}

/** All users that a client has there, whoever logs in as them. */
export const allAccounts = ({ accounts, schema }: Connection): readonly Account[] => [
  ...accounts,
  ...(schema?.accounts ?? []),
];

/** An instance that connects to a provider, and the need that it meets. */
export interface Consumer extends Omit<Peer, "details">, Accounts {
  readonly need: Need;
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

/** What is logged in with, and all that exist: two while credentials rotate. */
export interface Accounts {
  readonly account: Account;
  /** In order of their generations. */
  readonly accounts: readonly Account[];
}

/** The service that a component authenticates against. */
export interface Identity {
  /** Undefined where it runs in another cluster. */
  readonly instance: string | undefined;
  /** Where services are registered: next to it, or at home where it runs in another cluster. */
  readonly namespace: string;
  /** URL with the version path: inside of the cluster, or the public one of another cluster's. */
  readonly url: string;
  /** Who registers services there, and the Secret with the password. */
  readonly registrar: { readonly user: string; readonly secret: string };
  /** End of the names of users there, which keeps those of several regions apart: `.eu2`, or empty. */
  readonly ending: string;
}

/** Domain and project that service users live in, apart from the operator's own (Default may come from LDAP). */
export const serviceDomain = "service";
export const serviceProject = "service";

/** True where it runs in another cluster: none of this one answers for it, and no authority of the inside signs for it. */
export const isElsewhere = (identity: Identity | undefined): identity is Identity =>
  identity !== undefined && identity.instance === undefined;

/** What a client of a providing component must know, computed from the provider's resolved instance. */
export interface Provided {
  readonly host: string;
  readonly port: number;
  readonly members: readonly string[];
  readonly tls: boolean;
  /** All ports that its pods let clients in at. Default: `port`. */
  readonly ports?: Ports;
  /** What a client must know besides, in the words of the kind: `protocol`, where those of its providers differ. */
  readonly details?: Readonly<Record<string, string>>;
  /** Of the password that all clients share, what marks the generation in use: `-g2`, or empty. The clients' copies bear it. */
  readonly mark?: string;
}

export interface ProviderView<O> {
  readonly instance: string;
  readonly namespace: string;
  readonly dns: string;
  readonly profile: Profile;
  readonly internalTls: InternalTls;
  readonly replicas: number;
  readonly options: O;
  /** The Secrets of its options. */
  readonly secretOptions: Readonly<Record<string, Accounts>>;
}
