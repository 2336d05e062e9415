import type { InternalTls, Profile } from "./context.ts";

/** What infrastructure can provide, by its name in cluster.yaml (`dedicated: [database]`): a file of connections/. */
export type Kind = string;

/** A connection that a component wants; its databases, users, vhosts and network policies are derived from it. */
export interface Need {
  readonly kind: Kind;
  /** Database or virtual host, for the default instance: `glance`. A second instance gets its suffix appended. */
  readonly name: string;
  /** oslo.config group of the connection: `database`, `placement_database`, `cache`. */
  readonly group: string;
  /** Of a part: no connection of its own, but its owner's of this kind and name, with the owner's user and Secret. */
  readonly from?: "owner";
}

/** A resolved need: who provides it, and where. */
export interface Connection {
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
  /** Who lends it, and makes its database, user and Secret; undefined when it is the instance's own. */
  readonly lender?: { readonly instance: string; readonly namespace: string };
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
