import { z } from "zod";
import type { Ini } from "../contract/configuration.ts";
import type { Account, Connection } from "../contract/connection.ts";
import type { Ports, Server } from "../contract/destination.ts";
import { configMapName } from "../contract/formats.ts";
import type { Release } from "../contract/release.ts";
import type { RequiredSecret } from "../contract/secret.ts";

/**
 * A kind of connection, all of it: what cluster.yaml can say of it, what a client is given, what is made at the provider.
 * `E` is what cluster.yaml says of a server that lies outside.
 */
// biome-ignore lint/suspicious/noExplicitAny: shared code hands a kind what the kind's own schema parsed
export interface ConnectionKind<E = any> {
  /** What provides it, with an article: "a message broker". */
  readonly title: string;
  /** What a client has of its own at the provider, and what its name names: "virtual host". */
  readonly place?: string;
  /** What a move to another provider means; absent where nothing that lives is left behind. */
  readonly move?: string;
  /** Where several components provide it: what they promise, the least first, which is what a need without a word asks for. */
  readonly grades?: readonly string[];
  /** Each client logs in as a user of its own, whose credentials have generations. */
  readonly users?: true;
  /** What its clients have there has a schema: where the cluster says so, only Jobs may change it, as a user of their own. */
  readonly schema?: true;
  /**
   * Clients show a certificate. Inside the provider's own authority signs it, and its Secret has that authority's too; outside it is what
   * the client's Secret holds, with `tls.crt` and `tls.key`.
   */
  readonly certificate?: true;
  /** Each client has a provider of its own: what two would do to each other at one. */
  readonly alone?: string;
  /** Clients can encrypt what they send to a server outside: what to write at `tls`. */
  readonly encrypts?: string;
  /** The key below `uses` in cluster.yaml, described. */
  readonly uses: string;
  /** A server outside, as cluster.yaml says it. */
  readonly external: z.ZodObject;
  /** Keys of `external` that name the place there, and its user: of the only need of the kind, or of each by its name. */
  readonly naming?: { readonly one: string; readonly each: string };
  /** Where that server is. */
  readonly reach: (external: E) => External;
  readonly environment: (connection: Connection, view: ClientView) => ConnectionEnvironment;
  /** Options of oslo libraries, passwords and what holds them apart. */
  readonly options: (connection: Connection, view: OptionsView) => Ini;
  /** Objects of a place that all clients of a provider share, made once, by the provider. */
  readonly shared?: (place: SharedPlace) => readonly ProviderObject[];
  /** Objects of the client at a provider inside. */
  readonly objects?: (connection: Connection) => readonly ProviderObject[];
  /** Secrets that the client reads. */
  readonly secrets: (connection: Connection, client: Client) => readonly RequiredSecret[];
  /** Servers that clients of one outside connect to, where its members tell them of others. Default: its members. */
  readonly servers?: readonly Server[];
  /** How a client finds in the cluster what its Secret holds, where only that knows it. */
  readonly found?: Found;
}

/** Objects that the provider's operator makes, of which a client's Secret is made. */
interface Found {
  /** What is read of them in the provider's namespace, with the client's rights there. */
  readonly reads: (account: Account) => { readonly secrets: readonly string[]; readonly configmaps: readonly string[] };
  /** What the program is told of one account, as variables. */
  readonly environment: (connection: Connection, account: Account) => Readonly<Record<string, string>>;
  /**
   * Python that returns from `find(read)` the Secret's values by key, or nothing while something is missing. `read(kind, name)` has
   * the values of `data` of such an object, as the API has them.
   */
  readonly program: string;
}

/** A server that Overstack does not run. */
export interface External {
  readonly members: readonly string[];
  readonly port: number;
  /** All ports that clients use. Default: `port`. */
  readonly ports?: Ports;
  /** The user there, where neither the instance nor the place has its name. */
  readonly user?: string;
  /** What it promises, of a kind with grades. */
  readonly grade?: string;
  /** What a client must know besides, in the kind's own words. */
  readonly details?: Readonly<Record<string, string>>;
}

/** What a client's pods have. */
export interface ClientView {
  /** File with the certificates that the server is checked with. */
  readonly ca: string;
}

/** The same, and what options depend on. */
export interface OptionsView extends ClientView {
  /** Files of the client's own certificate, of a kind whose clients show one. */
  readonly own: { readonly certificate: string; readonly key: string };
  readonly release: Release;
  /** Pods have IPv6 addresses, and so do the servers that they ask. */
  readonly ipv6: boolean;
}

/** What cluster.yaml says of TLS to a server outside. */
export type OutsideTls = { readonly ca: string } | "none";

/** A place that belongs to a provider. */
export interface SharedPlace {
  readonly name: string;
  readonly instance: string;
  readonly namespace: string;
}

/** The instance that connects. */
export interface Client {
  readonly instance: string;
  /** It checks tokens, and caches them. */
  readonly checksTokens: boolean;
}

/** Variables of a client's pods. */
export interface ConnectionEnvironment {
  /** Hosts and names, of which a ConfigMap is made. */
  readonly literals: Readonly<Record<string, string>>;
  /** Variable -> key of the connection's Secret. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Composed of the others with `$(NAME)`. */
  readonly composed: Readonly<Record<string, string>>;
}

/** An object of the provider's API, which its operator makes true; name, labels and protection are the kit's. */
export interface ProviderObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: object;
  /** The user that it is about. */
  readonly account?: Account;
  /** What its name has more than that of another of its kind and generation: `-schema`. */
  readonly ending?: string;
}

/** Declares a kind; exists for type inference of what lies outside. */
export const connectionKind = <S extends z.ZodObject>(
  definition: ConnectionKind<z.output<S>> & { readonly external: S },
): ConnectionKind<z.output<S>> => definition;

/** True where the operator says that it is encrypted. */
export const encrypts = (tls: OutsideTls | undefined): tls is { readonly ca: string } => typeof tls === "object";

/** How `outsideTls` says whose certificate it is. */
export const byAuthority = "{ ca: <ConfigMap> } there, with the authority that signed the server's certificate";

/** TLS to a server outside: with whose certificate, or none. */
export const outsideTls = z
  .union([
    z
      .strictObject({
        ca: configMapName.describe("ConfigMap with key ca.crt, in the namespace of each instance that connects."),
      })
      .describe("Encrypted; the server is checked with the authority in that ConfigMap."),
    z.literal("none").describe("Plain text."),
  ])
  .optional()
  .describe("TLS to that server: { ca: <ConfigMap> }, or none. In production it must be said.");

/** The same of a kind whose clients cannot encrypt. */
export const plainOutside = z
  .literal("none")
  .optional()
  .describe("Clients of this kind speak plain text. In production it must be said: none.");

/** Names of several places at one server outside. */
export const each = (what: string) =>
  z
    .record(z.string(), z.string())
    .optional()
    .describe(`Names where the service has several: its own name for one -> ${what} there.`);

/** `oslo_messaging_notifications`, `transport_url` -> the variable that oslo.config reads. */
export const osloVariable = (group: string, option: string): string =>
  `OS_${group.toUpperCase()}__${option.toUpperCase()}`;
