import { kindOf } from "../connections/index.ts";
import type { Connection } from "../contract/connection.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { connectionBudget, connectionFloor } from "../model/connection-budget.ts";
import type { Instance, Model } from "../model/model.ts";
import { writtenAt } from "./effective.ts";

/** What follows from a value and is written nowhere: one list, with a name and a sentence for each entry. */
export interface Detail {
  readonly title: string;
  readonly entries: readonly Entry[];
}
export interface Entry {
  readonly name: string;
  readonly text: string;
  /** The same for scripts. */
  readonly data?: object;
}

/** The connections of a service, and why they lead where they do. */
export function connections(instance: Instance, cluster: Cluster): Detail {
  const { connections, identity, component, peers } = instance;
  return {
    title: "Connections",
    entries: [
      ...connections.map((connection) => ({
        name: connection.need.kind,
        text: wireText(connection, instance, cluster),
        data: connection,
      })),
      ...Object.entries(peers)
        .filter(([word]) => word !== "identity")
        .map(([word, peer]) => ({
          name: word,
          text: `${peer}: ${peerReason(word, peer, instance, cluster)}.`,
          data: { instance: peer },
        })),
      ...(identity === undefined || !component.requires?.includes("identity")
        ? []
        : [
            {
              name: "identity",
              text: `${identity.instance ?? "outside of Overstack"} at ${identity.url}: ${reason("identity", instance, cluster)}.`,
              data: identity,
            },
          ]),
    ],
  };
}

function wireText(connection: Connection, instance: Instance, cluster: Cluster): string {
  const { need, host, port, members, name, account, schema, lender } = connection;
  const { place, users } = kindOf(need.kind);
  const what = place === undefined ? "" : `${place} ${name}`;
  const where = members.length > 1 ? `${members.join(", ")}, port ${port}` : `${host}:${port}`;
  const parts = [`${connection.instance ?? "outside of Overstack"} at ${where}`, what].filter((part) => part !== "");
  const credentials =
    users === undefined
      ? ""
      : `; user ${account.name}, password in Secret ${account.secret}${schema === undefined ? "" : `; Jobs: user ${schema.account.name}, password in Secret ${schema.account.secret}`}`;
  const why = lender === undefined ? reason(need.kind, instance, cluster) : `that of ${lender.instance}`;
  return `${parts.join(", ")}${credentials}: ${why}.`;
}

/** Why a need is met by whom it is: by the words of the instance, or of the nearest owner that says anything of it. */
function reason(kind: string, { spec, owner, name }: Instance, cluster: Cluster, by = ""): string {
  const { uses, dedicated } = spec.service;
  if (uses?.[kind] !== undefined)
    return `chosen by uses.${kind}${by}, ${writtenAt(cluster, [...spec.path, "uses", kind])}`;
  if (kind === "identity" && cluster.model!.spec.identity !== undefined)
    return `that of identity, ${writtenAt(cluster, ["identity"])}`;
  const index = kind === "identity" ? -1 : (dedicated?.indexOf(kind) ?? -1);
  if (index >= 0) {
    const where = writtenAt(cluster, [...spec.path, "dedicated", index]) ?? "by the instance that it is a part of";
    return `${by === "" ? "its" : `${name}'s`} own, dedicated ${where}`;
  }
  const next = cluster.model!.instances.find((other) => other.name === owner);
  return next === undefined
    ? "the shared one, because nothing else is written"
    : reason(kind, next, cluster, ` of ${owner}`);
}

/** Why a word of the header leads to this service. */
function peerReason(word: string, peer: string, instance: Instance, cluster: Cluster): string {
  const { instances } = cluster.model!;
  const named = (name: string | undefined) => instances.find((each) => each.name === name);
  const line: Instance[] = [];
  for (let each: Instance | undefined = instance; each !== undefined; each = named(each.owner)) line.push(each);
  if (line.some(({ spec }) => spec.service.uses?.[word] !== undefined)) return reason(word, instance, cluster);
  return line.some(({ name }) => name === peer) ? "its own" : "the only one of its cloud";
}

/** Who connects to an instance. */
export function clients({ name }: Instance, { instances }: Model): Detail {
  return {
    title: "Used by",
    entries: instances.flatMap((client) => [
      ...[...client.connections, ...client.reach]
        .filter((connection) => connection.instance === name)
        .map((connection) => ({
          name: client.name,
          text: `${connection.need.kind} ${connection.name}, from ${client.namespace}`,
        })),
      ...Object.entries(client.peers)
        .filter(([, peer]) => peer === name)
        .map(([word]) => ({ name: client.name, text: `${word}, from ${client.namespace}` })),
    ]),
  };
}

/** How max_connections of a database came about. */
export function budget(instance: Instance, { instances, spec }: Model): Detail {
  const { terms, jobs, total } = connectionBudget(instance, instances, spec.profile);
  if (total === 0) return { title: "max_connections", entries: [] };
  const products = terms.map(({ instance: client, role, replicas, processes, pool, each }) => ({
    name: `${client} ${role}`,
    text: `${processes} ${processes === 1 ? "process" : "processes"} x ${pool} connections x ${replicas} replicas (one more during an update) = ${replicas * each}`,
    data: { instance: client, role, replicas, connectionsPerReplica: each, connections: replicas * each },
  }));
  const sum = terms.reduce((added, { replicas, each }) => added + replicas * each, jobs);
  return {
    title: "max_connections",
    entries: [
      ...products,
      { name: "jobs", text: `2 Jobs or crons x 2 connections for each client = ${jobs}`, data: { connections: jobs } },
      { name: "sum", text: String(sum), data: { connections: sum } },
      { name: "reserve", text: `a fifth: ${sum} x 1.2 = ${Math.round(sum * 12) / 10}` },
      {
        name: "total",
        text: `${total} (rounded up to hundreds, at least ${connectionFloor})`,
        data: { connections: total },
      },
    ],
  };
}
