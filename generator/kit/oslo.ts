import { memcacheServers } from "../connections/cache.ts";
import { kindOf } from "../connections/index.ts";
import type { Ini } from "../contract/configuration.ts";
import type { ClusterValues, Context } from "../contract/context.ts";
import { mergeIni } from "./ini.ts";
import { everyAddress, isIpv6 } from "./ip.ts";
import { login, tokenGroup } from "./login.ts";
import { authorityOf, caOption, clientCertificate, serverCertificate, speaksHttps } from "./tls.ts";

/** Directory of lock files, of a service that takes locks between its processes; `api` mounts it when told `locks`. */
export const lockPath = (ctx: Pick<Context, "project">): string => `/var/lib/${ctx.project}/lock`;

/** Options that every oslo service shares, by what the instance is connected to. */
export const osloDefaults = (ctx: Context & ClusterValues): Ini =>
  mergeIni(
    {
      DEFAULT: { use_stderr: true },
      oslo_middleware: { enable_proxy_headers_parsing: true },
    },
    ...ctx.connections.map((connection) =>
      kindOf(connection.need.kind).options(connection, {
        ca: authorityOf(connection),
        own: clientCertificate(connection),
        ipv6: isIpv6(ctx),
        release: ctx.release,
      }),
    ),
  );

/**
 * [keystone_authtoken]; the password and the cache's secret key come by environment. `type` is what the catalogue calls the API:
 * without it keystonemiddleware refuses every application credential with access rules:
 * https://docs.openstack.org/keystonemiddleware/latest/middlewarearchitecture.html
 */
export function authtoken(ctx: Context & ClusterValues, type: string | undefined): Ini {
  const servers = ctx.connection("cache");
  return mergeIni(login(ctx, tokenGroup), {
    [tokenGroup]: {
      ...caOption(ctx, "cafile"),
      http_connect_timeout: 5,
      http_request_max_retries: 3,
      ...(servers === undefined
        ? {}
        : {
            memcache_pool_dead_retry: 30,
            memcache_pool_socket_timeout: 1,
            memcache_security_strategy: "ENCRYPT",
            memcached_servers: memcacheServers(servers, isIpv6(ctx)),
          }),
      region_name: ctx.region,
      service_token_roles_required: true,
      service_type: type,
      www_authenticate_uri: ctx.url("identity", "public"),
    },
  });
}

/** Data files of a project's package, as the image has them: /etc/<project> is the service's own configuration. */
export const imageFiles = "/var/lib/openstack/etc";

/** The URL that an API has its versions below: the catalogue's URL of some names one version. */
export const withoutVersion = (url: string): string => url.replace(/\/v[0-9.]+$/, "");

/** What uwsgi loads: a module, or a file of the package for paste.deploy. */
export type Loaded = string | { readonly paste: string };

const loaded = ({ project }: Context, application: Loaded): Readonly<Record<string, string>> =>
  typeof application === "string"
    ? { module: application }
    : { paste: pasted(`${imageFiles}/${project}/${application.paste}`) };

/** How uwsgi is told the file of a pipeline: https://uwsgi-docs.readthedocs.io/en/latest/Options.html#paste */
export const pasted = (path: string): string => `config:${path}`;

/**
 * uwsgi.ini of a WSGI application: drains on SIGTERM, several processes so that one slow request does not fail the probe. It listens
 * at a port, or at a socket for another server of its pod.
 */
export const uwsgi = (
  ctx: Context,
  application: Loaded,
  port: number | string,
  more: Readonly<Record<string, string | number | boolean>> = {},
): Ini => ({
  uwsgi: {
    // Either socket ends the connection after each answer and does not say so: clients that keep theirs would lose requests.
    "add-header": "Connection: close",
    "buffer-size": 65535,
    chdir: "/tmp",
    "die-on-term": true,
    "enable-threads": true,
    "hook-master-start": "unix_signal:15 gracefully_kill_them_all",
    ...socket(ctx, port),
    "lazy-apps": true,
    "log-master": true,
    master: true,
    ...loaded(ctx, application),
    "need-app": true,
    processes: uwsgiProcesses(ctx),
    "route-user-agent": "^kube-probe.* donotlog:",
    "thunder-lock": true,
    threads: 2,
    "worker-reload-mercy": 60,
    ...more,
  },
});

/**
 * uwsgi reads a certificate when it starts. It restarts in place when the file has changed: requests under way are
 * finished, new connections wait in the socket's queue meanwhile:
 * https://uwsgi-docs.readthedocs.io/en/latest/articles/TheArtOfGracefulReloading.html
 * A replica that restarts answers no probe while a long request is under way, and all replicas see the new file within two minutes.
 * So each waits for a while of its own: the old certificate is good for months.
 */
const restart = `sleep \`shuf -i 0-${6 * 3600} -n 1\` && kill -HUP $PPID`;

const socket = (ctx: Context, port: number | string): Readonly<Record<string, string>> =>
  typeof port === "string"
    ? // Nobody else's user may write there.
      { "chmod-socket": "600", "http-socket": port }
    : speaksHttps(ctx)
      ? {
          "https-socket": `${everyAddress(ctx)}:${port},${serverCertificate.certificate},${serverCertificate.key}`,
          "touch-exec": `${serverCertificate.certificate} ${restart}`,
        }
      : { "http-socket": `${everyAddress(ctx)}:${port}` };

/** Most processes of uwsgi in one replica; every one has a pool of connections. */
export const mostProcesses = 4;

/** Processes of uwsgi in one replica. */
export const uwsgiProcesses = (ctx: Pick<Context, "profile">): number =>
  ctx.profile === "production" ? mostProcesses : 2;
