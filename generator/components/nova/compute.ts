import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { z } from "zod";
import type { ClusterValues, Context } from "../../contract/context.ts";
import { findCron, findingSecrets, findJob, findProgram } from "../../kit/found.ts";
import { mergeIni } from "../../kit/ini.ts";
import { serviceHost } from "../../kit/names.ts";
import { openstack } from "../../kit/openstack.ts";
import {
  attachesVolumes,
  copiedKeys,
  copyKeys,
  copyKeysCron,
  copyKeysJob,
  keySecrets,
  keysOf,
  keyVolume,
} from "../../kit/volume-keys.ts";
import type { Extras } from "../../kit/workload.ts";
import { run } from "../libvirt/scripts.ts";
import { runDirectory } from "../openvswitch/scripts.ts";
import { hypervisor } from "./cells.ts";
import {
  type Disks,
  diskData,
  diskFiles,
  diskKeys,
  diskNeeds,
  diskOptions,
  diskPod,
  diskPools,
  diskSecrets,
  diskServers,
  disksOfHosts,
} from "./disks.ts";
import { consolePage } from "./displays.ts";
import novncproxy from "./novncproxy.ts";
import { consoles, virtualization } from "./options.ts";
import { startCompute, state } from "./scripts.ts";
import { logins, neighbours, wanted } from "./shared.ts";

/** Seconds that builds and moves of servers may take when a pod is told to end. */
const grace = 180;

/**
 * The compute service of each node of a group. It asks its cell's conductors for what lies in databases, and has no password of one.
 * What it mounts and attaches for servers belongs to the node and outlives its pods.
 */
export default openstack({
  name: "nova-compute",
  summary: "Nova's compute service on the nodes of a group: starts servers by libvirt.",
  group: "nodes",
  partOf: "nova-cell",
  user: "owner",
  project: "nova",
  perNodeGroup: hypervisor,
  privilege: "privileged",
  options: {
    cell: z.string().optional().describe("Name of the cell."),
    group: z.string().optional().describe("Node group."),
    virt: virtualization,
    consoles,
    disks: disksOfHosts,
  },
  parts: ({ group }) => (group === undefined ? [] : [{ component: "libvirt", nodeGroup: group }]),
  roles: {
    agent: {
      scaling: "node",
      command: ["sh", "-c", startCompute],
      // Sessions of iSCSI and mounts of NFS belong to the network in which they are made, and end with it.
      hostNetwork: true,
      // It mounts volumes, makes devices, and owns the files of servers.
      privileged: true,
      hostPaths: {
        dev: { path: "/dev" },
        state: { path: state, shared: true },
        libvirt: { path: run },
        openvswitch: { path: runDirectory },
      },
      memory: ["512Mi", "2Gi"],
      // Files that become a server's configuration drive.
      scratch: "1Gi",
      grace,
      pod: (ctx) => ({
        ...filesOf(ctx),
        environment: [
          // Its record, its mapping and its resource provider are called after it: it is the node's name, and no pod's.
          field("OS_DEFAULT__HOST", "spec.nodeName"),
          // On the network of a node that is the node's own.
          field("OS_DEFAULT__MY_IP", "status.podIP"),
          ...hostsOf(ctx),
          // Where displays of servers listen, and where proxies find them.
          ...(ctx.options.consoles
            ? [
                field("OS_VNC__SERVER_LISTEN", "status.podIP"),
                field("OS_VNC__SERVER_PROXYCLIENT_ADDRESS", "status.podIP"),
              ]
            : []),
        ],
      }),
    },
  },
  needs: (options) => [
    { kind: "messaging", name: "nova_cell", group: "DEFAULT", use: "rpc", from: "owner" },
    ...diskNeeds(options),
  ],
  knows: ["image", "network", "placement"],
  wants: wanted,
  logins,
  sendsServiceTokens: true,

  details: () => attachesVolumes,
  outside: diskServers,
  pools: diskPools,
  secrets: (ctx) => [...keySecrets(ctx.peer("block-storage")), ...diskSecrets(ctx.options)],
  jobs: { [copyKeys]: copyKeysJob, [findProgram]: findJob },
  crons: { [copyKeys]: copyKeysCron, [findProgram]: findCron },
  manifests: (ctx) => [...copiedKeys(ctx, ctx.peer("block-storage")), ...findingSecrets(ctx)],
  files: diskFiles,
  data: ({ options }) => {
    const { cell, group } = options;
    return group === undefined
      ? []
      : [
          {
            key: "hosts",
            value: group,
            shown: `${group} of ${cell}`,
            rule: "keep",
            what: `the compute hosts of the node group ${group} in the cell ${cell}`,
            consequence: `Their servers would go on running, and nobody could stop, move or reach them; Nova would go on counting the hosts. Move or delete the servers, and then delete the records: openstack compute service delete ID (docs/compute.md). A host cannot go from one cell to another with its servers.`,
          },
          ...diskData({ options }),
        ];
  },
  conf: (ctx) => {
    const development = ctx.profile === "development";
    return mergeIni(neighbours(ctx), diskOptions(ctx), {
      DEFAULT: {
        compute_driver: "libvirt.LibvirtDriver",
        graceful_shutdown_timeout: grace,
        // What the node needs for itself: the kubelet, the pods and the system. Nova sees none of it.
        reserved_host_memory_mb: development ? 512 : 4096,
        // After the node has started again, so do the servers that were running.
        resume_guests_state_on_host_boot: true,
        state_path: state,
      },
      libvirt: {
        live_migration_scheme: "tls",
        live_migration_with_native_tls: true,
        virt_type: ctx.options.virt ?? (development ? "qemu" : "kvm"),
      },
      os_vif_ovs: { ovsdb_connection: `unix:${runDirectory}/db.sock` },
      oslo_concurrency: { lock_path: `${state}/locks` },
      // What a server writes to its serial line is kept, with a display and without one.
      vnc: ctx.options.consoles ? { enabled: true, ...consoleUrl(ctx) } : { enabled: false },
      ...privileges,
    });
  },
});

/** Keyrings: for Nova's own work on Ceph, and for libvirt, which opens volumes and disks with them. */
function filesOf(ctx: Context<{ readonly disks: Disks }>): Required<Pick<Extras, "mounts" | "volumes">> {
  const keys = keyVolume([...keysOf(ctx.peer("block-storage")), ...diskKeys(ctx)]);
  const own = diskPod(ctx);
  return { mounts: [...keys.mounts, ...own.mounts], volumes: [...keys.volumes, ...own.volumes] };
}

const field = (name: string, fieldPath: string): IEnvVar => ({
  name,
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
});

/** The name below which each host of its group has one, from where others send servers; a base knows no group. */
function hostsOf(ctx: Context): IEnvVar[] {
  const [libvirt] = ctx.parts;
  return libvirt === undefined
    ? []
    : [{ name: "HOSTS", value: serviceHost(libvirt.instance, libvirt.namespace, ctx.dns) }];
}

/** Where users find the consoles of its cell; a base knows no proxies. */
function consoleUrl(ctx: Context & ClusterValues): Readonly<Record<string, string>> {
  const proxies = ctx.siblings.find(({ component }) => component === novncproxy.name);
  return proxies === undefined
    ? {}
    : { novncproxy_base_url: `${ctx.urlOf(proxies, novncproxy.name, "public")}${consolePage}` };
}

/** It is root. Its helpers are started without asking sudo, and give up what they do not need. */
const privileges = Object.fromEntries(
  ["nova_sys_admin", "privsep_osbrick", "vif_plug_ovs_privileged"].map((group) => [
    group,
    { helper_command: "privsep-helper" },
  ]),
);
