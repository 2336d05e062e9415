import { z } from "zod";
import { mergeIni } from "../../kit/ini.ts";
import { openstack } from "../../kit/openstack.ts";
import { cellUuid, computePart } from "./cells.ts";
import { disksOfHosts } from "./disks.ts";
import novncproxy from "./novncproxy.ts";
import { consoles, virtualization } from "./options.ts";
import { mapCell } from "./scripts.ts";
import { apiDatabase, brokerOptions, grace, gracefulEnd, housekeeping, logins, neighbours, wanted } from "./shared.ts";

/**
 * A cell: servers and their hosts, with a conductor, a database and a virtual host. Conductors read the API's database too, since some
 * things a cell asks upwards: https://docs.openstack.org/nova/latest/admin/cells.html#operations-requiring-upcalls
 */
export default openstack({
  name: "nova-cell",
  summary: "A cell of Nova: conductors between its compute hosts and its own database and broker.",
  partOf: "nova",
  user: "owner",
  project: "nova",
  options: {
    name: z.string().optional().describe("Name of the cell."),
    nodeGroups: z.array(z.string()).default([]).describe("Node groups of its compute hosts."),
    virt: virtualization,
    consoles,
    disks: disksOfHosts,
  },
  // For the displays of its servers, from the proxies to the hosts.
  authority: true,
  parts: ({ name, nodeGroups, virt, consoles, disks }) => [
    ...(consoles && nodeGroups.length > 0 ? [{ component: novncproxy.name }] : []),
    ...nodeGroups.map((group) => computePart(group, { cell: name, virt, consoles, disks })),
  ],
  order: { after: { expand: "expand", contract: "run" }, before: { run: "run", contract: "contract" } },
  roles: {
    conductor: {
      command: ["nova-conductor"],
      processes: { "conductor.workers": 4 },
      // A pod that comes back under its name finds its queue and its record again.
      stateful: () => [],
      memory: ["1Gi", "3Gi"],
      grace,
    },
  },
  needs: [
    { kind: "database", name: "nova_cell", group: "database" },
    { ...apiDatabase, from: "owner" },
    { kind: "messaging", name: "nova_cell", group: "DEFAULT", use: "rpc" },
  ],
  knows: ["image", "network", "placement"],
  wants: wanted,
  logins,
  sendsServiceTokens: true,

  data: ({ instance, options: { name } }) =>
    name === undefined
      ? []
      : [
          {
            key: "cell",
            value: name,
            shown: name,
            rule: "keep",
            what: `the cell ${name}`,
            consequence: `Nova goes on asking a cell that is in its list, and the servers in it could not be reached. Delete or move its servers, remove its hosts, and then, in a pod of Nova's conductors: nova-manage cell_v2 delete_cell --cell_uuid ${cellUuid(instance)} (docs/cells.md). A new name is a new cell.`,
          },
        ],
  jobs: {
    "db-expand": {
      phase: "expand",
      connections: ["api_database", "database", "DEFAULT"],
      steps: {
        "db-sync": ["nova-manage", "db", "sync", "--local_cell"],
        "map-cell": {
          run: ["python3", "-c", mapCell],
          environment: (ctx) => [
            { name: "CELL", value: ctx.options.name ?? ctx.instance },
            { name: "CELL_BROKER", value: brokerOptions(ctx.connection("DEFAULT")!, ctx) },
            { name: "CELL_UUID", value: cellUuid(ctx.instance) },
          ],
        },
      },
    },
  },
  migrate: { contract: { "online-data-migrations": ["nova-manage", "db", "online_data_migrations"] } },
  crons: housekeeping,
  conf: (ctx) => mergeIni(neighbours(ctx), gracefulEnd(ctx)),
});
