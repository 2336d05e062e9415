import { byKey } from "../../base/data.ts";
import type { CheckInput } from "../../contract/component.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { nodesOf } from "./claims.ts";
import type { Claims, Options } from "./options.ts";

type Input = CheckInput<Options>;

/** Claimed volumes that would wait for ever, that two keys decide of, or that several copies could lie on at one node. */
export function* checkClaims(input: Input): Iterable<Issue> {
  const { options } = input;
  if (Object.keys(options.claims).length === 0) return;
  yield* besideHosts(input);
  yield* ofItself(input);
  yield* sharedNodes(input);
  if (input.profile === "production") yield* followers(input);
}

/** A path of a host's disk may be that of a volume, and nobody could say how many nodes there are. */
function* besideHosts({ instance, options: { hosts } }: Input): Iterable<Issue> {
  if (Object.keys(hosts).length > 0)
    yield error(
      "conflicting-keys",
      `${instance}: its disks would be those of hosts and volumes that it claims: a disk could be taken twice, and nodes would be counted twice`,
      "Remove hosts or claims.",
      { path: ["hosts"], atKey: true },
    );
}

/** A class that this Ceph makes: its first volume waits for Ceph, and Ceph for its first volume. */
function* ofItself({ instance, options: { claims, classes } }: Input): Iterable<Issue> {
  for (const [name, { storageClass }] of Object.entries(claims).sort(byKey))
    if (storageClass in classes)
      yield error(
        "dependency-cycle",
        `${instance}: the volumes ${name} would be of ${storageClass}, which lies on this Ceph`,
        "Name a class of local disks, or of the cloud that the nodes are in.",
        { path: ["claims", name, "storageClass"] },
      );
}

/** Sets that may meet on a node: neither would lie evenly there, since daemons are counted by node and sort. */
function* sharedNodes({ instance, options }: Input): Iterable<Issue> {
  const sets = Object.entries(options.claims).sort(byKey);
  for (const [at, [name, claims]] of sets.entries()) {
    const met = sets.slice(0, at).find(([, theirs]) => mayMeet(claims, theirs));
    if (met !== undefined)
      yield error(
        "conflicting-keys",
        `${instance}: ${name} and ${met[0]} may lie on the same nodes, and are not of two sorts: their volumes would not be spread evenly`,
        "Give each a label of its nodes that differs (zone, rack, nodeSelector), or another deviceClass, or make one set of them with perNode.",
        { path: ["claims", name], atKey: true },
      );
  }
}

function mayMeet(one: Claims, other: Claims): boolean {
  const [labels, theirs] = [nodesOf(one), nodesOf(other)];
  const apart = Object.entries(labels).some(([key, value]) => key in theirs && theirs[key] !== value);
  const sorts = new Set([one.deviceClass, other.deviceClass]);
  return !apart && (sorts.size === 1 || sorts.has(undefined));
}

/** Volumes that follow to other nodes: each is a host to Ceph, so that two of them on one node may hold two copies. */
function* followers({ instance, options }: Input): Iterable<Issue> {
  const { claims, failureDomain, pools, fileSystems, objectStore } = options;
  const portable = Object.keys(claims)
    .sort()
    .filter((name) => claims[name]!.portable);
  if (portable.length === 0) return;
  const places: [what: string, domain: string, path: string[]][] = [
    ["all pools", failureDomain, ["claims", portable[0]!, "portable"]],
    ...Object.entries(pools)
      .sort(byKey)
      .flatMap(([name, own]): [string, string, string[]][] =>
        own.failureDomain === undefined
          ? []
          : [[`the pool ${name}`, own.failureDomain, ["pools", name, "failureDomain"]]],
      ),
    ["the object store", objectStore?.failureDomain ?? "", ["objectStore", "failureDomain"]],
    ...Object.entries(fileSystems)
      .sort(byKey)
      .flatMap(([name, own]): [string, string, string[]][] =>
        own.failureDomain === undefined
          ? []
          : [[`the file system ${name}`, own.failureDomain, ["fileSystems", name, "failureDomain"]]],
      ),
  ];
  for (const [what, domain, path] of places)
    if (domain === "host")
      yield error(
        "copies-on-one-node",
        `${instance}: Ceph takes each volume of ${portable.join(", ")} for a host, since it may follow to another node: two copies of ${what} could be on one node`,
        "Write failureDomain: zone or rack, and a set for each; or portable: false, where the volumes cannot leave their node.",
        { path },
      );
}
