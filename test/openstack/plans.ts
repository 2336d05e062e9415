import type { Release } from "../../generator/contract/release.ts";
import { monitors } from "./addresses.ts";
import type { Plan } from "./cloud.ts";
import { releaseOfServers } from "./images.ts";
import { startStorage } from "./outside-storage.ts";
import { joinNodes, tunnelNetwork } from "./tunnels.ts";

const small = (role: string, cpu: string, memory: string) =>
  `resources: { ${role}: { requests: { cpu: ${cpu}, memory: ${memory} } } }`;

/** Production but for the room that it reserves: three hosts share two processors. */
export const production = (release: Release): Plan => ({
  name: "production",
  release,
  file: (recipient) => `name: proof
release: "${release}"
domain: proof.example.org
region: proof
zones: [a, b, c]
kubernetes: { version: "1.36", storageClass: local, sharedStorageClass: shared }
delivery: { repository: "https://git.example.org/fleet.git" }
access: { mode: none }
operators: { cert-manager: existing }
infrastructure:
  mariadb: { backup: none, ${small("server", "50m", "256Mi")} }
  rabbitmq: { ${small("server", "50m", "256Mi")} }
  memcached: { memory: 64 }
services:
  keystone: { notifications: true, ${small("api", "50m", "128Mi")} }
  placement: { ${small("api", "50m", "128Mi")} }
  glance: { notifications: true, stores: { shared: { type: file, size: 2Gi } }, ${small("api", "50m", "128Mi")} }
secrets: { provider: sops, recipients: [${recipient}] }
`,
});

const chassis = `{ datapath: netdev, tunnelNetwork: ${tunnelNetwork} }`;
const compute = "{ config: { nova.conf: { workarounds: { disable_deep_image_inspection: true } } } }";
/**
 * Development, with all traffic inside encrypted, and servers on all three hosts. This kernel has no Open vSwitch: packets pass in its
 * program, which finds the other hosts by a network that it has to itself. When a server moves, Nova looks at its kernel as if it were a disk
 * (nova/virt/images.py, do_image_deep_inspection), and refuses it: no disk of the tests has a boot loader.
 */
const onNodes = (name: string, services: string, more: Partial<Plan> = {}): Plan => ({
  name,
  release: releaseOfServers,
  file: (recipient) => `name: proof
release: "${releaseOfServers}"
profile: development
domain: proof.example.org
region: proof
kubernetes: { version: "1.36", storageClass: local, sharedStorageClass: shared, nodeNetworks: [198.18.0.0/24] }
delivery: { repository: "https://git.example.org/fleet.git" }
access: { mode: none }
internal: { tls: required }
operators: { cert-manager: existing }
nodeGroups: { compute: { roles: [hypervisor, gateway], physicalNetworks: { outside: eth2 } } }
infrastructure: { mariadb: { backup: none } }
services:
  glance: { stores: { shared: { type: file, size: 2Gi } } }
  neutron: { networks: { outside: {} } }
${services}
nodes:
  chassis-compute: ${chassis}
  nova-compute-cell1-compute: ${compute}
secrets: { provider: sops, recipients: [${recipient}] }
`,
  meanwhile: (cluster) => joinNodes(cluster, "compute"),
  ...more,
});

/** Disks of servers are files of their hosts. */
export const servers = onNodes("servers", "  nova: {}");

const ceph = `type: rbd, monitors: [${monitors.join(", ")}]`;
/** Disks of servers, and volumes, are in a Ceph outside of the cluster. One host is left for a second cell. */
export const volumes = onNodes(
  "volumes",
  `  nova: { disks: { ${ceph}, secret: nova-ceph } }
  cinder: { backends: { ceph: { ${ceph}, secret: cinder-ceph } } }`,
  { outside: startStorage, meanwhile: (cluster) => joinNodes(cluster, "compute", cluster.hosts.slice(0, 2)) },
);

/** What an operator edits for a second cell in `volumes`, on the nodes of a group `more`: text, and what takes its place. */
export const secondCell: readonly (readonly [string, string])[] = [
  ["nodeGroups: {", "nodeGroups: { more: { roles: [hypervisor] },"],
  ["nova: {", "nova: { cells: { cell1: { nodeGroups: [compute] }, cell2: { nodeGroups: [more] } },"],
  // As of the first one, for this kernel and these disks.
  ["nodes:\n", `nodes:\n  chassis-more: ${chassis}\n  nova-compute-cell2-more: ${compute}\n`],
];
