import type { CheckInput } from "../../contract/component.ts";
import { error, type Issue, warning } from "../../issues/issue.ts";
import { domainsOf, type Options, poolOf } from "./options.ts";

type Input = CheckInput<Options>;

/** What would not survive what it is to survive, before anything is written. */
export function checkCeph(input: Input): Issue[] {
  if (input.profile === "development") return [];
  return Object.keys(input.options.hosts).length === 0
    ? [withoutHosts(input)]
    : [...places(input), ...copies(input), ...spread(input), ...classes(input)];
}

const withoutHosts = ({ instance }: Input): Issue =>
  error(
    "no-disks",
    `${instance} names no host with disks`,
    "Write them: hosts: { store-1: {}, store-2: {}, store-3: {} }, and devices.",
    { path: [] },
  );

/** Zones that the cluster does not have, and hosts that do not say where they are. */
function* places({ instance, options: { hosts, failureDomain, pools }, zones }: Input): Iterable<Issue> {
  const domains = new Set([failureDomain, ...Object.values(pools).flatMap((pool) => pool.failureDomain ?? [])]);
  for (const [name, host] of Object.entries(hosts)) {
    if (zones !== undefined && host.zone !== undefined && !zones.includes(host.zone))
      yield error(
        "unknown-zone",
        `${instance}: ${name} would be in the zone ${host.zone}, which the cluster does not have`,
        `It must be one of zones: ${zones.join(", ")}.`,
        { path: ["hosts", name, "zone"] },
      );
    for (const domain of ["zone", "rack"] as const)
      if (domains.has(domain) && host[domain] === undefined)
        yield error(
          "unplaced-host",
          `${instance}: no two copies are to lie in one ${domain}, and ${name} does not say in which it is`,
          `Write hosts: { ${name}: { ${domain}: … } }, the value of its label.`,
          { path: ["hosts", name] },
        );
  }
}

/** Copies that find no place each, and those that are too few for the loss of a host. */
function* copies({ instance, profile, options }: Input): Iterable<Issue> {
  const said = new Set<string>();
  for (const name of [undefined, ...Object.keys(options.pools)]) {
    const { size, failureDomain } = poolOf(name ?? "", { profile, options });
    const what = name === undefined ? "each pool" : `the pool ${name}`;
    if (size === 2)
      yield error(
        "too-few-copies",
        `${instance}: ${what} would have 2 copies: while a host is away nobody could write, or its last copy could be lost`,
        "Write size: 3, or leave it out.",
        { path: ["pools", name!, "size"] },
      );
    const domain = failureDomain as Exclude<typeof failureDomain, "osd">;
    const there = domainsOf(options.hosts, domain).length;
    const found = `${size} ${domain} ${there}`;
    if (said.has(found)) continue;
    said.add(found);
    const path = name === undefined ? ["hosts"] : ["pools", name];
    if (there < size)
      yield error(
        "too-few-failure-domains",
        `${instance}: ${what} keeps ${size} copies, each in another ${domain}, and the hosts name ${there}`,
        domain === "host"
          ? "Name more hosts with disks."
          : `Name hosts in more places, or write failureDomain: host: it survives the loss of a host and not of a ${domain}.`,
        { path },
      );
    else if (there === size && domain === "host")
      yield warning(
        "no-spare-host",
        `${instance}: ${what} keeps ${size} copies on ${there} hosts: while one is away, its copies have no other place`,
        "Data stays readable and writable meanwhile. With one host more Ceph restores the copies by itself.",
        { path },
      );
  }
}

/** Zones that the operator has, and copies that need not lie in several of them. */
function* spread({ instance, options: { hosts, failureDomain }, zones }: Input): Iterable<Issue> {
  if (failureDomain === "zone" || (zones?.length ?? 0) < 3) return;
  yield warning(
    "copies-in-one-zone",
    `${instance}: the cluster has ${zones!.length} zones, and all copies of some data may lie in one of them`,
    `Write failureDomain: zone, and the zone of each of ${Object.keys(hosts).sort().join(", ")}. Or accept that a lost zone takes them along.`,
    { path: ["failureDomain"] },
  );
}

/**
 * Where one pool lies on all sorts of disks and another on one sort, Ceph does not adjust their placement groups:
 * https://docs.ceph.com/en/latest/rados/operations/placement-groups/#automated-scaling
 */
function* classes({ instance, options: { deviceClass, pools } }: Input): Iterable<Issue> {
  if (deviceClass !== undefined) return;
  for (const [name, pool] of Object.entries(pools))
    if (pool.deviceClass !== undefined)
      yield error(
        "mixed-device-classes",
        `${instance}: the pool ${name} lies on ${pool.deviceClass} alone, and other pools on all disks: Ceph would adjust none of them`,
        `Say the sort of all pools, too: deviceClass: ${pool.deviceClass}.`,
        { path: ["pools", name, "deviceClass"] },
      );
}
