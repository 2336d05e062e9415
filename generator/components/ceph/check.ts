import type { CheckInput } from "../../contract/component.ts";
import { error, type Issue, warning } from "../../issues/issue.ts";
import { bytes } from "../../kit/quantity.ts";
import { checkClaims } from "./check-claims.ts";
import { checkBuckets } from "./object-store/check.ts";
import { capacities, dataPool, domainCount, type Options, placesOf, poolOf, usualSize } from "./options.ts";

type Input = CheckInput<Options>;

/** What would not survive what it is to survive, before anything is written. */
export function checkCeph(input: Input): Issue[] {
  if (input.profile === "development") return [...checkClaims(input), ...checkBuckets(input)];
  return placesOf(input.options).length === 0
    ? [withoutHosts(input)]
    : [
        ...checkClaims(input),
        ...checkBuckets(input),
        ...places(input),
        ...copies(input),
        ...chunks(input),
        ...spread(input),
        ...classes(input),
        ...files(input),
        ...room(input),
      ];
}

const withoutHosts = ({ instance }: Input): Issue =>
  error(
    "no-disks",
    `${instance} names no host with disks`,
    "Write them: hosts: { store-1: {}, store-2: {}, store-3: {} }, and devices. Where disks come by a StorageClass: claims.",
    { path: [] },
  );

/** Zones that the cluster does not have, and places that do not say where they are. */
function* places({ instance, options, zones }: Input): Iterable<Issue> {
  const { failureDomain, fileSystems } = options;
  const own = [...saidPools(options).map((said) => said.own), ...Object.values(fileSystems)].flatMap(
    (each) => each.failureDomain ?? [],
  );
  const domains = new Set([failureDomain, ...own]);
  for (const { path, ...place } of placesOf(options)) {
    const [key, name] = path;
    if (zones !== undefined && place.zone !== undefined && !zones.includes(place.zone))
      yield error(
        "unknown-zone",
        `${instance}: ${name} would be in the zone ${place.zone}, which the cluster does not have`,
        `It must be one of zones: ${zones.join(", ")}.`,
        { path: [...path, "zone"] },
      );
    for (const domain of ["zone", "rack"] as const)
      if (domains.has(domain) && place[domain] === undefined)
        yield error(
          "unplaced-host",
          `${instance}: no two copies are to lie in one ${domain}, and ${name} does not say in which it is`,
          key === "hosts"
            ? `Write hosts: { ${name}: { ${domain}: … } }, the value of its label.`
            : `Write claims: { ${name}: { ${domain}: … } }, the value of its nodes' label, and a set for each ${domain}.`,
          { path },
        );
  }
}

/** A pool, or pools, of which the options say something. */
interface Said {
  readonly what: string;
  readonly path: readonly string[];
  readonly own: Partial<Options["pools"][string]>;
}

const saidPools = ({ pools, objectStore }: Options): Said[] => [
  ...Object.entries(pools).map(([name, own]): Said => ({ what: `the pool ${name}`, path: ["pools", name], own })),
  ...(objectStore === undefined ? [] : [{ what: "the object store", path: ["objectStore"], own: objectStore }]),
];

const hasClaims = ({ claims }: Options): boolean => Object.keys(claims).length > 0;

/** Who says how many failure domains there are. */
const said = (options: Options): string => (hasClaims(options) ? "the claims lie in" : "the hosts name");

/** How there are more of them. */
function more(options: Options, domain: "host" | "rack" | "zone"): string {
  const claimed = hasClaims(options);
  if (domain === "host") return claimed ? "Write more nodes, and have them." : "Name more hosts with disks.";
  if (Object.values(options.claims).some(({ portable }) => portable))
    return `Write a set of claims for each ${domain}.`;
  const places = claimed ? `Write a set of claims for each ${domain}` : "Name hosts in more places";
  return `${places}, or write failureDomain: host: it survives the loss of a host and not of a ${domain}.`;
}

/** Copies that find no place each, and those that are too few for the loss of a host. */
function* copies({ instance, profile, options }: Input): Iterable<Issue> {
  const found = new Set<string>();
  const each: Said = { what: "each pool", path: [hasClaims(options) ? "claims" : "hosts"], own: {} };
  for (const { what, path, own } of [each, ...saidPools(options)]) {
    const { size, failureDomain } = poolOf("", { profile, options }, own);
    if (size === 2)
      yield error(
        "too-few-copies",
        `${instance}: ${what} would have 2 copies: while a host is away nobody could write, or its last copy could be lost`,
        "Write size: 3, or leave it out.",
        { path: [...path, "size"] },
      );
    const domain = failureDomain as Exclude<typeof failureDomain, "osd">;
    const there = domainCount(options, domain);
    const same = `${size} ${domain} ${there}`;
    if (found.has(same)) continue;
    found.add(same);
    if (there < size)
      yield error(
        "too-few-failure-domains",
        `${instance}: ${what} keeps ${size} copies, each in another ${domain}, and ${said(options)} ${there}`,
        more(options, domain),
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

/**
 * Chunks that cannot survive what they are to survive. One more failure domain than chunks, so that a lost one's chunks find a place:
 * while as many are lost as are computed, nobody reads or writes.
 */
function* chunks({ instance, profile, options }: Input): Iterable<Issue> {
  for (const { what, path: at, own } of saidPools(options)) {
    const { chunks: cut, failureDomain } = poolOf("", { profile, options }, own);
    if (cut === undefined) continue;
    const { data, coding } = cut;
    const path = [...at, "erasureCoded"];
    const beside = at[0] === "pools" ? dataPool(at[1]!) : undefined;
    if (beside !== undefined && beside in options.pools)
      yield error(
        "conflicting-keys",
        `${instance}: the data of ${what} would lie in ${beside}, which is a pool of its own`,
        "Give that one another name.",
        { path: ["pools", beside], atKey: true },
      );
    if (coding === 1)
      yield error(
        "too-few-chunks",
        `${instance}: ${what} would have 1 coding chunk: while a host is away nobody could write, and one disk more would lose data`,
        "Write coding: 2.",
        { path: [...path, "coding"] },
      );
    const domain = failureDomain as Exclude<typeof failureDomain, "osd">;
    const there = domainCount(options, domain);
    const asked = data + coding + 1;
    if (there < asked)
      yield error(
        "too-few-failure-domains",
        `${instance}: ${what} has ${data + coding} chunks, each in another ${domain}, and one more is needed for those of a lost ${domain}: ${said(options)} ${there}, and it takes ${asked}`,
        "Name more of them, write fewer chunks, or remove erasureCoded: copies ask for less.",
        { path },
      );
  }
}

/** Classes of file systems that are not there, and pools that a class would not use; file systems of too few copies. */
function* files({ instance, options }: Input): Iterable<Issue> {
  const { classes, fileSystems, failureDomain } = options;
  for (const [name, { files: wanted, pool }] of Object.entries(classes)) {
    const path = ["classes", name];
    const there = Object.keys(fileSystems).sort();
    if (wanted !== undefined && !there.includes(wanted))
      yield error(
        "unknown-value",
        `${instance}: the class ${name} would lie in the file system ${wanted}, which is not there`,
        there.length === 0 ? `Write fileSystems: { ${wanted}: {} }.` : `It must be one of: ${there.join(", ")}.`,
        { path: [...path, "files"] },
      );
    if (wanted !== undefined && pool !== undefined)
      yield error(
        "conflicting-keys",
        `${instance}: the class ${name} would lie in the file system ${wanted} and in the pool ${pool}`,
        "Remove one of them.",
        { path: [...path, "pool"], atKey: true },
      );
  }
  for (const [name, own] of Object.entries(fileSystems)) {
    const size = own.size ?? usualSize;
    const domain = own.failureDomain ?? failureDomain;
    const there = domainCount(options, domain);
    if (size === 2)
      yield error(
        "too-few-copies",
        `${instance}: the file system ${name} would have 2 copies: while a host is away nobody could write, or its last copy could be lost`,
        "Write size: 3, or leave it out.",
        { path: ["fileSystems", name, "size"] },
      );
    if (there < size)
      yield error(
        "too-few-failure-domains",
        `${instance}: the file system ${name} keeps ${size} copies, each in another ${domain}, and ${said(options)} ${there}`,
        more(options, domain),
        { path: ["fileSystems", name] },
      );
  }
}

/** What is to lie there, and where it would lie when the largest failure domain is lost. */
function* room({ instance, options }: Input): Iterable<Issue> {
  const { expectedData, failureDomain } = options;
  if (expectedData === undefined) return;
  const path = ["expectedData"];
  const rooms = capacities(options, failureDomain);
  if (rooms === undefined) {
    yield error(
      "missing-key",
      `${instance}: whether ${expectedData} find room cannot be computed: not all hosts say the capacity of their disks`,
      "Write it at each: hosts: { store-1: { capacity: 40Ti } }.",
      { path },
    );
    return;
  }
  const size = Math.max(usualSize, ...saidPools(options).map(({ own }) => own.size ?? usualSize));
  const taken = bytes(expectedData)! * size;
  const all = rooms.reduce((sum, each) => sum + each, 0);
  const without = all - Math.max(...rooms);
  const shown = (amount: number) => `${Math.floor(amount / 2 ** 40)}Ti`;
  const copies = `${size} copies of ${expectedData}`;
  if (taken > all * nearFull)
    yield error(
      "too-little-room",
      `${instance}: ${copies} take more than ${nearFull * 100} % of the disks, which hold ${shown(all)}`,
      "Name more disks or hosts.",
      { path },
    );
  else if (rooms.length > size && taken > without * nearFull)
    yield warning(
      "no-room-without-a-host",
      `${instance}: when the largest ${failureDomain} is lost, the others hold ${shown(without)}, and ${copies} take more than ${nearFull * 100} % of that: Ceph could not restore them all`,
      `Data stays readable meanwhile. One ${failureDomain} more gives them room.`,
      { path },
    );
}

/** Share of the disks from which on Ceph warns. */
const nearFull = 0.85;

/** Zones that the operator has, and copies that need not lie in several of them. */
function* spread({ instance, options, zones }: Input): Iterable<Issue> {
  const { hosts, failureDomain } = options;
  if (failureDomain === "zone" || (zones?.length ?? 0) < 3) return;
  yield warning(
    "copies-in-one-zone",
    `${instance}: the cluster has ${zones!.length} zones, and all copies of some data may lie in one of them`,
    `Write failureDomain: zone, and ${hasClaims(options) ? "a set of claims for each zone" : `the zone of each of ${Object.keys(hosts).sort().join(", ")}`}. Or accept that a lost zone takes them along.`,
    { path: ["failureDomain"] },
  );
}

/**
 * Where one pool lies on all sorts of disks and another on one sort, Ceph does not adjust their placement groups:
 * https://docs.ceph.com/en/latest/rados/operations/placement-groups/#automated-scaling
 */
function* classes({ instance, options }: Input): Iterable<Issue> {
  const { deviceClass, fileSystems } = options;
  if (deviceClass !== undefined) return;
  for (const [name, { deviceClass: own }] of Object.entries(fileSystems))
    if (own !== undefined)
      yield error(
        "mixed-device-classes",
        `${instance}: the file system ${name} lies on ${own} alone, and other pools on all disks: Ceph would adjust none of them`,
        `Say the sort of all pools, too: deviceClass: ${own}.`,
        { path: ["fileSystems", name, "deviceClass"] },
      );
  for (const { what, path, own } of saidPools(options))
    if (own.deviceClass !== undefined)
      yield error(
        "mixed-device-classes",
        `${instance}: ${what} lies on ${own.deviceClass} alone, and other pools on all disks: Ceph would adjust none of them`,
        `Say the sort of all pools, too: deviceClass: ${own.deviceClass}.`,
        { path: [...path, "deviceClass"] },
      );
}
