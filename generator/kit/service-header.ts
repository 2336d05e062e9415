import type { IPolicyRule } from "kubernetes-models/rbac.authorization.k8s.io/v1/PolicyRule";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { Component, Cron, Endpoint, Job, Role } from "../contract/component.ts";
import type { Ini } from "../contract/configuration.ts";
import type { KindOrGroup, Need } from "../contract/connection.ts";
import type { ClusterValues, Context, Group, Profile } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import type { ByRelease } from "../contract/release.ts";
import type { Front } from "./front.ts";
import type { Login } from "./login.ts";
import type { Claim } from "./stateful.ts";
import type { Extras } from "./workload.ts";

/** What the functions of a header are given. */
export type ServiceContext<O> = Context<O> & ClusterValues;

/** The header of an OpenStack service. What it leaves out has the usual value; other keys of `component` are passed on. */
export interface Service<O>
  extends Omit<
    Component<O>,
    | "group"
    | "options"
    | "roles"
    | "development"
    | "images"
    | "conf"
    | "config"
    | "needs"
    | "jobs"
    | "crons"
    | "manifests"
    | "user"
  > {
  /** Default: `services`. */
  readonly group?: Group;
  readonly roles: Readonly<Record<string, ServiceRole<O>>>;
  /** Images in addition to `<name>` and `client`, or other ones in their place. */
  readonly images?: Component<O>["images"];
  /** Connections. Default: a database and the token cache. */
  readonly needs?: readonly ServiceNeed[] | ((options: O) => readonly ServiceNeed[]);
  /** Sections other than [keystone_authtoken] that log in as its user: their options and their password. */
  readonly logins?: Readonly<Record<string, Login>>;
  /**
   * It sends a token of its own beside its user's to the services that it calls: the login [service_user]. They then know that no
   * user calls them, and take a user's token that has expired meanwhile (https://security.openstack.org/ossa/OSSA-2023-003.html).
   */
  readonly sendsServiceTokens?: true;
  /**
   * Its user in the Identity service. Default: one with the role `service`. `false`: it logs in nowhere and checks no tokens.
   * `owner`, for a part: its `logins` are those of its owner's user, and it checks no tokens.
   */
  readonly user?: Component<O>["user"] | false | "owner";
  /** Name of the main configuration file. Default: `<name>.conf`. `false`: it does not use oslo.config, and has `files` alone. */
  readonly mainFile?: string | false;
  /** Options that name files which the package brings for /etc/<project>: `{ "DEFAULT.api_paste_config": "api-paste.ini" }`. */
  readonly imageFiles?: Readonly<Record<string, string>>;
  /** Options of the main file that are the service's own; they win over the usual ones. */
  readonly conf?: (ctx: ServiceContext<O>) => Ini;
  /** Further files next to it. A text may hold values of the cluster: it then comes with the overlay. */
  readonly files?: (ctx: ServiceContext<O>) => Readonly<Record<string, Ini | string>>;
  /** Schema migrations: name of a step -> command. `expand` while the old code serves, `contract` when it is gone. */
  readonly migrate?: { readonly expand?: Steps<O>; readonly contract?: Steps<O> };
  /** Further Jobs. */
  readonly jobs?: Readonly<Record<string, ServiceJob<O>>>;
  readonly crons?: Readonly<Record<string, ServiceCron<O>>>;
  /** Objects that do not follow from the header. */
  readonly manifests?: (ctx: ServiceContext<O>) => readonly Placed[];
}

/**
 * `database`, `cache`: for the service's own use, in the oslo.config group of that name. `token-cache`: memcached for the
 * middleware that checks tokens alone; the service has no group [cache]. `rpc` and `notifications`: the broker.
 */
export type ServiceNeed = "database" | "cache" | "token-cache" | "rpc" | "notifications" | Need;

/** Processes that share a configuration, an image and a lifetime: an API behind uwsgi (`wsgi`), or any other program (`command`). */
export type ServiceRole<O> = ApiRole<O> | WorkerRole<O>;

interface AnyRole<O>
  extends Pick<Role, "replicas" | "privileged" | "hostPaths" | "hostNetwork" | "hostPID" | "interrupts"> {
  readonly scaling?: Role["scaling"];
  /** CPU that the scheduler reserves. Default: 100m. */
  readonly cpu?: string | Readonly<Record<Profile, string>>;
  /** Memory that the scheduler reserves, and the limit. Default: 512Mi and 1Gi. */
  readonly memory?: readonly [request: string, limit: string];
  /** Seconds that what is under way may take when a pod is told to end. Default: 60. */
  readonly grace?: number;
  /** Size of /tmp. Default: 256Mi. */
  readonly scratch?: string;
  /** Its processes take file locks of oslo.concurrency. */
  readonly locks?: true;
  /** Connections that its processes do not use, by kind or group: their pods then hold no credentials for them. */
  readonly without?: readonly KindOrGroup[];
  /** Commands that run before it in each of its pods, by the name of the step: they make files that it serves. */
  readonly prepare?: Readonly<Record<string, readonly string[]>>;
  /** What else its pod needs. */
  readonly pod?: (ctx: ServiceContext<O>) => Extras;
}

export interface ApiRole<O> extends AnyRole<O> {
  /**
   * WSGI application that uwsgi serves; where releases differ, by release, and `later` for those that are not named. Or a file
   * of the image for paste.deploy, which has the pipeline of its release.
   */
  readonly wsgi: string | ByRelease<string> | { readonly paste: string };
  /** Further options of uwsgi. */
  readonly uwsgi?: (ctx: ServiceContext<O>) => Readonly<Record<string, string | number | boolean>>;
  /** Where it answers. */
  readonly endpoint: Omit<Endpoint, "role">;
  /** Option with the public URL of that, as the catalogue has it without a version: `DEFAULT.public_endpoint`. */
  readonly publicUrl?: string;
  /** Path that answers without token, database and broker. Default: `/healthcheck`. */
  readonly probe?: string;
  /** Another server in its pods that holds the port, and hands on to uwsgi what it lets through. Without one uwsgi holds it. */
  readonly front?: (ctx: ServiceContext<O>) => Front | undefined;
  /** The pod holds what two cannot share: the old one must be gone before the new one starts. */
  readonly recreate?: (ctx: ServiceContext<O>) => boolean;
}

export interface WorkerRole<O> extends AnyRole<O> {
  readonly command: readonly string[];
  /** Where it listens, if it does. */
  readonly endpoint?: Omit<Endpoint, "role">;
  /**
   * Processes of a replica; each opens connections of its own to the database. Default: 1. Where an option says how many there are,
   * under its name: `{ "conductor.workers": 2 }`.
   */
  readonly processes?: number | Readonly<Record<string, number>>;
  /** Command that tells whether it works. Default: its connection to the broker, or its port. */
  readonly probe?: readonly string[];
  /** Its pods keep their names (the option `host`), and these volumes. */
  readonly stateful?: (ctx: Context<O>) => readonly Claim[];
}

/** Commands by the name of their step, run one after the other; the log of the pod shows each under that name. */
export type Steps<O> = Readonly<Record<string, readonly string[] | Step<O>>>;
export interface Step<O> {
  /** Whether there is anything to do. Default: always. */
  readonly when?: (ctx: ServiceContext<O>) => boolean;
  readonly run: readonly string[];
  readonly environment?: (ctx: ServiceContext<O>) => readonly IEnvVar[];
}

/** What a Job and a cron have in common. */
interface Task<O> {
  /** Connections that it uses, by kind or group. Default: databases. */
  readonly connections?: readonly KindOrGroup[];
  readonly pod?: (ctx: ServiceContext<O>) => Extras;
  /** What it may do in the Kubernetes API, in its own namespace; it gets a service account of its own. */
  readonly rules?: (ctx: ServiceContext<O>) => readonly IPolicyRule[];
}

/** Without steps, `manifests` makes it. */
export interface ServiceJob<O> extends Job, Task<O> {
  readonly steps?: Steps<O>;
  /** It asks APIs that may lie outside: the cluster's own authorities are added to the public ones. */
  readonly trusting?: true;
}

export interface ServiceCron<O> extends Cron<O>, Task<O> {
  /** Without it, `manifests` makes the cron. */
  readonly run?: readonly string[];
}
