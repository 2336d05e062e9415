import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { Context } from "../../contract/context.ts";
import { templateHash } from "../../kit/hash.ts";
import { mergeIni } from "../../kit/ini.ts";
import { loginVariables } from "../../kit/login.ts";
import { openstack } from "../../kit/openstack.ts";
import { imageFiles } from "../../kit/oslo.ts";
import { cell0, cellParts, cellsSchema, checkCells, hypervisor } from "./cells.ts";
import { disksOfHosts } from "./disks.ts";
import { consoles, virtualization } from "./options.ts";
import { discoverHosts, mapCell, upgradeCheck } from "./scripts.ts";
import { apiDatabase, grace, gracefulEnd, housekeeping, logins, neighbours, wanted } from "./shared.ts";

/**
 * Compute. The API writes what is asked for into its own database; the scheduler chooses a host, and the conductors here hand the server
 * to that host's cell. Each cell is a part of its own.
 */
export default openstack({
  name: "nova",
  summary: "Compute: servers, and in which cell each of them is.",
  options: { cells: cellsSchema, virt: virtualization, consoles, disks: disksOfHosts },
  worksOn: hypervisor,
  check: checkCells,
  roles: {
    api: {
      wsgi: "nova.wsgi.osapi_compute:application",
      endpoint: { type: "compute", port: 8774, path: "/v2.1", description: "Compute" },
      // Links inside of answers are for users, whoever asked for them.
      publicUrl: "api.compute_link_prefix",
      // The list of versions: needs neither token nor database.
      probe: "/",
      memory: ["512Mi", "2Gi"],
      uwsgi: threads,
      pod: (ctx) => ({ environment: apiVariables(ctx, "api") }),
    },
    metadata: {
      wsgi: "nova.wsgi.metadata:application",
      endpoint: { port: 8775, public: false, description: "Metadata of servers" },
      probe: "/",
      uwsgi: threads,
      pod: (ctx) => ({ environment: apiVariables(ctx, "metadata") }),
    },
    scheduler: {
      command: ["nova-scheduler"],
      processes: { "scheduler.workers": 2 },
      // A pod that comes back under its name finds its queue and its record again.
      stateful: () => [],
      memory: ["512Mi", "2Gi"],
      grace,
      pod: (ctx) => ({ environment: [knownCells(ctx)] }),
    },
    conductor: {
      command: ["nova-conductor"],
      processes: { "conductor.workers": 4 },
      stateful: () => [],
      memory: ["1Gi", "3Gi"],
      grace,
      pod: (ctx) => ({ environment: [knownCells(ctx)] }),
    },
  },
  needs: [
    apiDatabase,
    { kind: "database", name: "nova_cell0", group: "database" },
    "cache",
    { kind: "messaging", name: "nova", group: "DEFAULT", use: "rpc" },
  ],
  requires: ["image", "network", "placement"],
  wants: wanted,
  // Neutron shows floating IPs of users, physical networks and what ports ask of a host to administrators alone, and binds ports for services.
  user: { roles: ["admin", "service"] },
  logins,
  sendsServiceTokens: true,
  secretOptions: {
    "metadata-secret": {
      option: "neutron.metadata_proxy_shared_secret",
      form: "password",
      purpose: "secret that who asks for a server's metadata signs with",
    },
  },

  parts: cellParts,
  reaches: ["nova-cell"],
  jobs: {
    "db-expand": {
      phase: "expand",
      trusting: true,
      steps: {
        "api-db-sync": ["nova-manage", "api_db", "sync"],
        "map-cell0": {
          run: ["python3", "-c", mapCell],
          environment: () => [
            { name: "CELL", value: cell0.name },
            { name: "CELL_UUID", value: cell0.uuid },
          ],
        },
        "db-sync": ["nova-manage", "db", "sync", "--local_cell"],
        "upgrade-check": {
          run: ["python3", "-c", upgradeCheck],
          environment: (ctx) => [
            ...loginVariables(ctx, "placement", logins.placement!),
            { name: "OS_DATABASE__MAX_RETRIES", value: "1" },
            { name: "OS_SERVICE_USER__SEND_SERVICE_USER_TOKEN", value: "true" },
          ],
        },
      },
    },
  },
  migrate: { contract: { "online-data-migrations": ["nova-manage", "db", "online_data_migrations"] } },
  crons: {
    ...housekeeping,
    "discover-hosts": { at: "*/10 * * * *", run: ["python3", "-c", discoverHosts] },
  },
  imageFiles: { "wsgi.api_paste_config": "api-paste.ini" },
  conf: (ctx) =>
    mergeIni(neighbours(ctx), gracefulEnd(ctx), {
      // Who asks for one cell after the other waits for each of them. 2025.1 has no threads for this.
      DEFAULT: ctx.release === "2025.1" ? {} : { cell_worker_thread_pool_size: Math.max(5, ctx.parts.length + 1) },
      // A cell that is down must not hold the threads that ask all cells, while these connect for the first time.
      database: { max_retries: 1, retry_interval: 1 },
      // Without a signature of Neutron's nobody gets metadata: the address of a server can be feigned.
      neutron: { service_metadata_proxy: true },
    }),
});

/**
 * Before 2026.1 the APIs run on eventlet, whose green threads belong to one thread:
 * https://docs.openstack.org/nova/2026.1/admin/concurrency.html
 */
function threads({ release }: Pick<Context, "release">): Readonly<Record<string, number>> {
  return release === "2025.1" || release === "2025.2" ? { threads: 1 } : {};
}

const apiVariables = (ctx: Context, role: string): IEnvVar[] => [
  knownCells(ctx),
  // It writes a record of itself, under the name of its host: one for all replicas, of whatever name.
  { name: "OS_DEFAULT__HOST", value: `${ctx.instance}-${role}` },
  // The pipeline comes first; nothing is in /etc/nova but what is generated.
  { name: "OS_NOVA_CONFIG_FILES", value: `${imageFiles}/nova/api-paste.ini;/etc/nova/nova.conf` },
];

/** Programs read the list of cells once. Pods begin anew when a cell comes or goes, or has another server, user or password. */
const knownCells = ({ reach }: Context): IEnvVar => {
  const cells = reach.map(({ need, members, port, tls, authority, name, account }) => ({
    ...{ group: need.group, members, port, tls, name, user: account.name, secret: account.secret },
    ...(authority === undefined ? {} : { authority }),
  }));
  // A word before it: a hash such as 6e24733 is text to Kustomize, and a number to other readers of YAML.
  return { name: "CELLS", value: `list-${templateHash(cells)}` };
};
