import type { Placed } from "../../contract/kubernetes.ts";
import { everyAddress } from "../../kit/ip.ts";
import { memberEnvironment, memberHosts, members, portsOf } from "../../kit/members.ts";
import { objectName } from "../../kit/names.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import type { Claim } from "../../kit/stateful.ts";
import { recordVolume } from "./founded.ts";
import { type Database, databases, membersService, type OvnContext, shown } from "./options.ts";
import { handOver, isAlive, isReady, startDatabase } from "./scripts.ts";

export const databaseRole = "database";
const data = { name: "data", mountPath: "/var/lib/ovn" } as const;

/** The volume of a member. */
export const volume = ({ options, profile }: OvnContext): Claim => ({
  ...data,
  size: options.storage ?? (profile === "production" ? "8Gi" : "2Gi"),
  ...(options.storageClass === undefined ? {} : { storageClass: options.storageClass }),
});

/** Full names of the members, in the order of their numbers. */
export const hostsOf = (ctx: OvnContext): string[] =>
  memberHosts(ctx, {
    pods: objectName(ctx, databaseRole),
    service: membersService(ctx),
    count: ctx.scaling(databaseRole).replicas ?? 1,
  });

/** Where clients find a database: all members, with a comma between two. */
export const remotes = (ctx: OvnContext, { port }: Database): string =>
  hostsOf(ctx)
    .map((host) => `ssl:${host}:${port}`)
    .join(",");

/** Members of both databases: each pod has one of either. */
export const database = (ctx: OvnContext): Placed[] => {
  const tls = shown(ctx, databaseRole);
  const run = scratch("run", "/run/ovn", "16Mi");
  const record = recordVolume(ctx);
  return members(ctx, databaseRole, {
    service: membersService(ctx),
    ports: Object.fromEntries(databases.flatMap((each) => Object.entries(portsIn(each)))),
    claims: [volume(ctx)],
    template: podTemplate(ctx, {
      role: databaseRole,
      serviceAccount: objectName(ctx),
      grace: 60,
      containers: databases.map((each) => member(ctx, each, [data, run.mount, record.mount, tls.mount])),
      volumes: [run.volume, record.volume, tls.volume],
    }),
  });
};

const portsIn = ({ name, port, peers }: Database) => ({ [name]: port, [`${name}-raft`]: peers });

function member(ctx: OvnContext, each: Database, volumeMounts: readonly { name: string; mountPath: string }[]) {
  const memory = ctx.profile === "production" ? "1Gi" : "256Mi";
  const probe = (script: string) => ({ exec: { command: ["sh", "-c", script] }, timeoutSeconds: 10 });
  return container({
    name: each.name,
    image: ctx.image(),
    command: ["sh", "-c", startDatabase],
    env: [
      ...memberEnvironment(ctx, { service: membersService(ctx), hosts: hostsOf(ctx) }),
      { name: "DATABASE", value: each.name },
      { name: "SCHEMA", value: each.schema },
      { name: "SCHEMA_FILE", value: `/usr/share/ovn/${each.file}` },
      { name: "PORT", value: String(each.port) },
      { name: "PEER_PORT", value: String(each.peers) },
      { name: "LISTEN", value: everyAddress(ctx) === "" ? "" : `:${everyAddress(ctx)}` },
      { name: "ELECTION_TIMER", value: String(ctx.options.electionTimer) },
      { name: "PROBE_INTERVAL", value: String(ctx.options.probeInterval * 1000) },
    ],
    ports: portsOf(portsIn(each)),
    resources: resources(ctx, databaseRole, { requests: { cpu: "100m", memory }, limits: { memory } }),
    lifecycle: { preStop: { exec: { command: ["sh", "-c", handOver] } } },
    livenessProbe: { ...probe(isAlive), initialDelaySeconds: 30, failureThreshold: 6, periodSeconds: 20 },
    readinessProbe: { ...probe(isReady), failureThreshold: 2, periodSeconds: 5 },
    volumeMounts: [...volumeMounts],
  });
}
