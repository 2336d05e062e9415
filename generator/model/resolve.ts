import { byName } from "../base/data.ts";
import { showPath } from "../base/words.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Connection, Consumer } from "../contract/connection.ts";
import { withNodes } from "../input/node-groups.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Issue } from "../issues/issue.ts";
import { complete } from "./complete.ts";
import { connect } from "./connect.ts";
import { connectionBudget } from "./connection-budget.ts";
import { destinationsOf } from "./destinations.ts";
import type { Report } from "./draft.ts";
import { ancestryOf } from "./family.ts";
import { checkListeners } from "./listeners.ts";
import { checkMadeUsers } from "./made-users.ts";
import { type Instance, isClient, type Model, type Namespace, operatorsOf, type Recorded } from "./model.ts";
import { checkNodes, isOnHostNetwork } from "./node-rules.ts";
import { checkOutside } from "./outside.ts";
import { checkPeers } from "./peers.ts";
import { familyCycles, inOrder } from "./phase-order.ts";
import { keptOf } from "./providers.ts";
import { checkReleases } from "./release-rules.ts";
import { checkInstance } from "./replica-rules.ts";
import { checkAlone, checkSharedPlaces, checkSharedPools } from "./shared-places.ts";
import { checkCopies } from "./storage-classes.ts";

/**
 * Decides what runs: adds what is needed and not written, connects everything, and puts it in order. With errors among the
 * issues the model is good for explanations only.
 */
export function resolve(
  written: ClusterSpec,
  catalogue: Catalogue,
  /** A part that is added to the instance that bears its owner's plain name; it bears its own. Bases are made of it. */
  plain?: Component,
  /** What the run before recorded. */
  before: Recorded = {},
): { model: Model; issues: readonly Issue[] } {
  // A base has no nodes.
  const spec = plain === undefined ? withNodes(written, catalogue) : written;
  const issues: Issue[] = [];
  const report: Report = (path, code, message, hint, severity = "error") => {
    // What decides for several instances is said once.
    if (!issues.some((issue) => issue.message === message && showPath(issue.path ?? []) === showPath(path)))
      issues.push({ code, severity, message, hint, file: spec.file, path });
  };
  const kept = keptOf(spec, catalogue, before);
  for (const name of Object.keys(kept)) reportKept(name, spec, report);
  const drafts = complete(spec, catalogue, report, plain === undefined ? [] : ancestryOf(plain, catalogue), kept);
  for (const name of drafts.keys()) {
    checkPeers(name, drafts, spec, catalogue, report);
    checkOutside(name, drafts, spec, before, report);
  }
  const connected = new Map<string, Instance>();
  // An owner stands before its parts, which may borrow from it.
  for (const name of drafts.keys()) connected.set(name, connect(name, drafts, spec, catalogue, connected));
  const reaching = [...connected.values()].map((instance) => ({ ...instance, reach: reachOf(instance, connected) }));
  const inCircles = familyCycles(reaching);
  for (const cycle of inCircles)
    report(
      connected.get(cycle[0]!)!.spec.path,
      "dependency-cycle",
      `these instances wait for each other: ${[...cycle, cycle[0]].join(" -> ")}`,
      "Let one of them use another instance: uses.",
    );
  const instances = inOrder(reaching, (cycle, head) => {
    if (inCircles.length === 0)
      report(
        connected.get(head)!.spec.path,
        "dependency-cycle",
        `these steps of ${head} and its parts wait for each other: ${[...cycle, cycle[0]].join(" -> ")}`,
        "The headers of these components say so: correct their order.",
      );
  });
  for (const instance of instances) checkInstance(instance, spec, report);
  checkReleases(instances, spec, report);
  checkSharedPlaces(instances, report);
  checkSharedPools(instances, before, report);
  checkAlone(instances, report);
  checkCopies(instances, spec, report);
  checkListeners(instances, spec, report);
  checkMadeUsers(instances, report);
  const withClients = instances.map((instance) => ({
    ...instance,
    clients: clientsOf(instance.name, instances),
    consumers: consumersOf(instance.name, instances),
    clientNetworks: clientNetworksOf(instance.name, instances, spec),
    connectionLimit: connectionBudget(instance, instances, spec.profile).total,
    destinations: destinationsOf(instance, instances, spec),
  }));
  const namespaces = namespacesOf(withClients);
  checkNodes(withClients, namespaces, spec, before, report);
  const model: Model = {
    spec,
    instances: withClients,
    namespaces,
    operators: [...new Set(withClients.flatMap(operatorsOf))],
    kept,
  };
  return { model, issues };
}

/** What the parts of an instance are connected to by themselves, where its own pods go there too. */
const reachOf = ({ name, component }: Instance, all: ReadonlyMap<string, Instance>): Connection[] =>
  [...all.values()]
    .filter((part) => part.owner === name && component.reaches?.includes(part.component.name))
    .flatMap(({ connections }) => connections.filter(({ lender }) => lender === undefined));

function namespacesOf(instances: readonly Instance[]): Namespace[] {
  const names = [...new Set(instances.map(({ namespace }) => namespace))].sort();
  return names.map((name) => {
    const here = instances.filter(({ namespace }) => namespace === name);
    const needed = here.map(({ component }) => component.privilege);
    const privilege = (["privileged", "baseline"] as const).find((level) => needed.includes(level)) ?? "restricted";
    return { name, privilege, instances: here.map((instance) => instance.name) };
  });
}

/** The networks of the nodes, where one of its clients is on them. */
const clientNetworksOf = (
  name: string,
  instances: readonly Instance[],
  { kubernetes: { nodeNetworks = [] } }: ClusterSpec,
): readonly string[] =>
  instances.some((client) => isOnHostNetwork(client) && isClient(client, name)) ? nodeNetworks : [];

const clientsOf = (name: string, instances: readonly Instance[]): string[] =>
  [...new Set(instances.filter((client) => isClient(client, name)).map(({ namespace }) => namespace))].sort();

/** A part that borrows a connection is none: its owner is. */
const consumersOf = (name: string, instances: readonly Instance[]): Consumer[] =>
  [...instances].sort(byName).flatMap(({ connections, reach, ...client }) =>
    [...connections, ...reach]
      .filter(({ instance, lender }) => instance === name && lender === undefined)
      .map(({ need, account, accounts }) => ({
        instance: client.name,
        component: client.component.name,
        suffix: client.suffix,
        namespace: client.namespace,
        ...{ need, account, accounts },
      })),
  );

/** What was made for an instance before the provider had one for all stays, and the operator is told how to leave it. */
const reportKept = (name: string, spec: ClusterSpec, report: Report): void =>
  report(
    spec.instances.find((instance) => instance.name === name)!.path,
    "kept-place",
    `${name} sends its notifications to a virtual host of its own, which an earlier version made`,
    `Consumers of notifications find them in one place of the shared broker. To move: consent: [{ change: move-messaging/${name}, reason: … }], and overstack secrets create. What waits in the old one stays there.`,
    "warning",
  );
