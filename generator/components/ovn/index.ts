import { component, type DataConstraint } from "../../contract/component.ts";
import { memberHosts, onlyMore } from "../../kit/members.ts";
import { objectName, selector } from "../../kit/names.ts";
import { clientsOnly } from "../../kit/service.ts";
import { serviceAccount } from "../../kit/service-account.ts";
import { claimConstraints } from "../../kit/stateful.ts";
import { serviceNames } from "../../kit/tls.ts";
import { backup, backupConstraints, backupRole, hasBackup } from "./backup.ts";
import { database, databaseRole, volume } from "./database.ts";
import { foundingRecord } from "./founded.ts";
import { northd, northdRole } from "./northd.ts";
import { backupsOf, certificateOf, databases, membersService, options } from "./options.ts";
import { relayHost, relayRole, relays } from "./relays.ts";

const [north, south] = databases;

/**
 * What Neutron wants of the network (Northbound), and what the nodes do for it (Southbound). northd makes the second of the first. The
 * nodes go on with what they have while the databases are away.
 */
export default component({
  name: "ovn",
  summary: "Network: OVN's Northbound and Southbound databases, and northd, which makes the second of the first.",
  group: "infrastructure",
  provides: "ovn",
  authority: true,
  inherits: ["backup", "storageClass"],
  provided: ({ instance, namespace, dns, replicas, options: { relays } }) => {
    const named = (role: string) => instance.replace(/^ovn/, `ovn-${role}`);
    const members = memberHosts(
      { namespace, dns },
      { pods: named(databaseRole), service: named("members"), count: replicas },
    );
    return {
      host: members[0]!,
      members,
      port: north.port,
      ports: [north.port, south.port],
      tls: true,
      details: {
        southbound: String(south.port),
        ...(relays ? { relays: relayHost(instance, namespace, dns) } : {}),
      },
    };
  },
  options,
  roles: {
    database: { replicas: 3, scaling: "odd" },
    northd: { replicas: 2, scaling: "free", beside: true },
    relay: { replicas: 3, scaling: "free", beside: true },
  },
  development: { roles: { database: { replicas: 1 }, northd: { replicas: 1 }, relay: { replicas: 1 } } },
  images: {
    ovn: () => "quay.io/airshipit/ovn:ubuntu_noble",
    python: () => "docker.io/library/python:3.13.5-slim-bookworm",
  },
  uid: 42424,
  crons: { [backupRole]: { at: (written) => backupsOf(written)?.schedule ?? "", optional: true } },
  data: (ctx): DataConstraint[] => [
    ...claimConstraints(ctx, "each member", volume(ctx)),
    ...backupConstraints(ctx),
    onlyMore(
      ctx,
      databaseRole,
      "A member that is gone is still counted for the majority: make a second instance and let Neutron fill it (docs/ovn.md says how).",
    ),
  ],
  secrets: (ctx) => [foundingRecord(ctx)],
  certificates: (ctx) => [
    // The members show it to each other, from both ends, and relays to members and nodes.
    ...[
      { role: databaseRole, service: `*.${membersService(ctx)}` },
      ...(ctx.options.relays ? [{ role: relayRole, service: objectName(ctx, relayRole) }] : []),
    ].map(({ role, service }) => ({
      secret: certificateOf(ctx, role),
      dnsNames: serviceNames(ctx, service),
      usages: ["digital signature", "server auth", "client auth"],
    })),
    ...[northdRole, ...(hasBackup(ctx) ? [backupRole] : [])].map((role) => ({
      secret: certificateOf(ctx, role),
      dnsNames: [`${certificateOf(ctx, role)}.${ctx.namespace}.svc`],
      usages: ["digital signature", "client auth"],
    })),
  ],
  manifests: (ctx) => [
    serviceAccount(ctx, "run"),
    ...database(ctx),
    ...northd(ctx),
    ...relays(ctx),
    ...backup(ctx),
    // northd, relays and what makes copies are clients too.
    clientsOnly(ctx, { role: databaseRole, ports: databases.map(({ port }) => port), podLabels: selector(ctx) }),
  ],
});
