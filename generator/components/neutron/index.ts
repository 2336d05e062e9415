import { z } from "zod";
import type { Part } from "../../contract/component.ts";
import type { Context, NodeGroup } from "../../contract/context.ts";
import { address } from "../../contract/formats.ts";
import { mergeIni } from "../../kit/ini.ts";
import { isIpv6 } from "../../kit/ip.ts";
import { openstack } from "../../kit/openstack.ts";
import { uwsgiProcesses } from "../../kit/oslo.ts";
import { hypervisor } from "../nova/cells.ts";
import { checkNetworks, networkConf, networkData, networkOptions } from "./networks.ts";
import { databaseProbe, environment, files, northbound, ovnProbe, probeServers } from "./programs.ts";

/**
 * Networking by OVN. The API writes what is asked for into its own database and into OVN's northbound one; what follows in the network is
 * OVN's work. Two programs beside it keep both databases in line. Nothing here is asked by RPC, so there is no server for it:
 * https://docs.openstack.org/neutron/latest/admin/config-neutron-server-processes.html
 */
export default openstack({
  name: "neutron",
  summary: "Networking: networks, routers, floating IPs and security groups, which OVN makes.",
  options: {
    ...networkOptions,
    nameservers: z
      .array(address)
      .default([])
      .describe("Name servers for networks whose subnets name none. Without one their servers are told none."),
    distributedFloatingIps: z
      .boolean()
      .default(false)
      .describe(
        "A compute host sends and receives the packets of its floating IPs itself, past the gateways. Each one then needs the external network.",
      ),
    metadata: z.boolean().default(true).describe("Networks have a port by which their servers get metadata."),
  },
  parts: metadataAgents,
  check: checkNetworks,
  roles: {
    api: {
      wsgi: "neutron.wsgi.api:application",
      endpoint: { type: "network", port: 9696, description: "Networking" },
      // Links inside of answers are for users, whoever asked for them.
      publicUrl: "DEFAULT.network_link_prefix",
      // Each process has a copy of OVN's databases.
      memory: ["1Gi", "4Gi"],
      uwsgi: api,
      pod: () => ({ environment }),
    },
    periodic: {
      command: ["neutron-periodic-workers"],
      replicas: 2,
      // Each kind of work is a process.
      processes: 5,
      memory: ["512Mi", "2Gi"],
      probe: databaseProbe,
      pod: () => ({ environment }),
    },
    maintenance: {
      command: ["neutron-ovn-maintenance-worker"],
      processes: 2,
      // One holds a lock in OVN's database and works, the other waits for it.
      replicas: 2,
      probe: ovnProbe,
      memory: ["512Mi", "2Gi"],
      pod: (ctx) => ({ environment: [...environment, probeServers(ctx, northbound)] }),
    },
  },
  needs: ["database", "token-cache", "rpc", { kind: "ovn", group: "ovn", name: "neutron" }],
  wants: ["compute", "placement"],
  // Nova of 2025.1 takes events from administrators alone, and it may still be there beside a Neutron of 2026.1.
  user: {
    roles: {
      "2025.1": ["admin", "service"],
      "2025.2": ["admin", "service"],
      "2026.1": ["admin", "service"],
      later: ["service"],
    },
    formerRoles: ["admin"],
  },
  logins: {
    nova: { authority: true, peer: "compute" },
    placement: { authority: true, peer: "placement" },
  },
  // No release since Newton has a migration of the branch `contract`; a database that is new needs those that there were.
  migrate: { expand: { "db-sync": ["neutron-db-manage", "upgrade", "heads"] } },
  imageFiles: { "DEFAULT.api_paste_config": "api-paste.ini" },
  data: ({ options }) => networkData(options),
  files,
  conf: (ctx) =>
    mergeIni(networkConf(ctx.options, ctx.release), {
      DEFAULT: {
        core_plugin: "ml2",
        service_plugins: [
          "ovn-router",
          ...(ctx.peer("placement") === undefined ? [] : ["placement"]),
          "port_forwarding",
          "qos",
          "segments",
          "trunk",
        ],
        // OVN answers DHCP itself: nobody listens.
        dhcp_agent_notification: false,
        global_physnet_mtu: ctx.options.mtu,
        notify_nova_on_port_data_changes: ctx.peer("compute") !== undefined,
        notify_nova_on_port_status_changes: ctx.peer("compute") !== undefined,
        // A process is complete when so many of its pod have registered themselves; later it asks uwsgi.
        ...(ctx.release === "2026.2" ? {} : { api_workers: uwsgiProcesses(ctx) }),
      },
      ml2: {
        mechanism_drivers: ["ovn"],
        extension_drivers: ["port_security", "qos"],
        overlay_ip_version: isIpv6(ctx) ? 6 : 4,
      },
      ...(ctx.peer("compute") === undefined ? {} : { nova: { endpoint_type: "internal", region_name: ctx.region } }),
      ...(ctx.peer("placement") === undefined
        ? {}
        : { placement: { endpoint_type: "internal", region_name: ctx.region } }),
      ovn: {
        // Else the name servers of Neutron's own pod, which servers do not reach:
        // https://docs.openstack.org/neutron/latest/admin/config-dns-res.html
        dns_servers: ctx.options.nameservers.length === 0 ? ["0.0.0.0", "::"] : ctx.options.nameservers,
        enable_distributed_floating_ip: ctx.options.distributedFloatingIps,
        ovn_metadata_enabled: ctx.options.metadata,
      },
    }),
});

/** One on the nodes of each group that servers run on, where networks have a port for it. */
function metadataAgents({ metadata }: { readonly metadata: boolean }, nodeGroups: readonly NodeGroup[]): Part[] {
  return metadata
    ? nodeGroups
        .filter(({ roles }) => roles.includes(hypervisor))
        .map(({ name }) => ({ component: "metadata-agent", name, nodeGroup: name }))
    : [];
}

/**
 * Each process of the API enters itself into a ring, which shares OVN's events out, and must know when its server started:
 * https://docs.openstack.org/neutron/latest/contributor/internals/ovn/ovn_db_events.html
 */
function api({ release }: Pick<Context, "release">): Readonly<Record<string, string | number>> {
  return {
    // Nobody runs Neutron's code in several threads at a time.
    threads: 1,
    ...(release === "2026.2"
      ? // It keeps that time in a file which is named after the parent's PID, and here that is the same after each restart.
        { "exec-asap": "rm -f /tmp/neutron_start_time* /tmp/neutron_first_worker*" }
      : { "set-placeholder": "start-time=%t" }),
  };
}
