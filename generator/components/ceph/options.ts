import { z } from "zod";
import type { Context } from "../../contract/context.ts";
import { bucket, integer, labelKey, labelValue, network, objectName, size } from "../../contract/formats.ts";
import { bytes } from "../../kit/quantity.ts";

export const apiVersion = "ceph.rook.io/v1";

/** Disks that Rook finds by the names that udev gives them: a kernel's own, sda, is another disk's after a restart. */
const devices = z
  .union([
    z
      .array(
        z
          .string()
          .regex(
            /^\/dev\/disk\/by-[a-z]+\/[^/\s]+$/,
            "a name below /dev/disk: /dev/disk/by-path/pci-0000:00:1f.2-ata-1",
          ),
      )
      .min(1)
      .describe("Names of whole disks or of partitions."),
    z
      .strictObject({
        pattern: z
          .string()
          .regex(
            /^\^\/dev\/disk\/by-[a-z]+\/\S+$/,
            "a pattern that begins with a name: ^/dev/disk/by-path/pci-0000:3b:.*",
          )
          .describe("Regular expression of such names."),
      })
      .describe("All disks whose names fit a pattern."),
  ])
  .describe("Disks that Ceph takes. What is on them is lost; one with a file system is left alone.");

const failureDomains = ["host", "rack", "zone"] as const;
const failureDomain = z.enum(failureDomains);
const deviceClass = z.enum(["hdd", "ssd", "nvme"]);

/** A pool is called like the object that Rook makes it of; the pool of the managers has a name of its own. */
const poolName = z
  .string()
  .max(40)
  .regex(
    /^(?!builtin-mgr$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    "the name of a pool: lower case letters, digits and inner '-'",
  );

const copiedPool = {
  size: integer(2, 6).optional().describe("Copies of the data. Default: 3. Writing goes on while two are there."),
  failureDomain: failureDomain.optional().describe("No two copies lie in the same one. Default: that of all pools."),
  deviceClass: deviceClass.optional().describe("Sort of disks that it lies on. Default: that of all pools."),
  compression: z
    .enum(["none", "passive", "aggressive", "force"])
    .default("none")
    .describe("Which data the daemons compress, in Ceph's words."),
} as const;

const poolOptions = z.strictObject({
  ...copiedPool,
  erasureCoded: z
    .strictObject({
      data: integer(2, 16).describe("Chunks that an object is cut into."),
      coding: integer(1, 8).describe("Chunks that are computed of them: as many may be lost."),
    })
    .optional()
    .describe(
      "Its data lies in a pool <name>-data as chunks, and its directory in copies: less room, more work for each write. Development: copies.",
    ),
});

/** What an object store says of its pools; those of its data may be chunks. */
const storePools = {
  ...copiedPool,
  erasureCoded: poolOptions.shape.erasureCoded.describe(
    "What is in the objects lies in chunks, and all that is known of them in copies: less room, more work for each write. It cannot be changed later. Development: copies.",
  ),
} as const;

/** A user of the store is called like the object that Rook makes it of; the store has some of Rook's own. */
const userName = z
  .string()
  .max(30)
  .regex(
    /^(?!(cosi|dashboard-admin|rgw-admin-ops-user)$)[a-z]([-a-z0-9]*[a-z0-9])?$/,
    "the name of a user: lower case letters, digits and inner '-'; not one of Rook's own",
  );

const storeUser = z.strictObject({
  buckets: z.array(bucket).default([]).describe("Buckets that are made for it. It may make others itself."),
  quota: size.optional().describe("The most that all of its buckets may hold. Default: no limit."),
});

/** Options of the object store, which is a part of its own: what its pools inherit stands there, too. */
export const storeOptions = {
  ...storePools,
  users: z
    .record(userName, storeUser)
    .default({})
    .describe(
      "Users of the store's own, for S3: name -> what they have. They need no Identity service. The keys of each are the Secret object-store-user-<name>.",
    ),
} as const;

const storageClass = z.strictObject({
  pool: poolName.optional().describe("Pool that its volumes lie in. Default: kubernetes."),
  reclaim: z
    .enum(["Delete", "Retain"])
    .default("Delete")
    .describe("What becomes of a volume that nobody claims any more: Delete, or Retain until a person deletes it."),
  format: z.enum(["ext4", "xfs"]).default("ext4").describe("How its volumes are formatted."),
  files: poolName
    .optional()
    .describe("One of fileSystems: its volumes are folders there, which many nodes mount at once. Instead of pool."),
});

const claims = z.strictObject({
  storageClass: objectName
    .min(1)
    .describe("StorageClass of its volumes, which must serve raw blocks; not one of this Ceph."),
  size: size.describe("Each volume. It can grow where its class lets it, never shrink."),
  nodes: integer(1, 1000)
    .default(3)
    .describe("Nodes that the volumes are spread over. With fewer nodes the others wait."),
  perNode: integer(1, 60).default(1).describe("Volumes on each node."),
  zone: labelValue.min(1).optional().describe("Label topology.kubernetes.io/zone of the nodes."),
  rack: labelValue.min(1).optional().describe("Label topology.rook.io/rack of the nodes."),
  nodeSelector: z
    .record(labelKey, labelValue)
    .default({})
    .describe("Further labels of the nodes: those of a node group, for example."),
  portable: z
    .boolean()
    .default(false)
    .describe(
      "A volume can follow to another node of its zone, as a cloud's can and a local one cannot. Ceph then takes each volume for a host.",
    ),
  deviceClass: deviceClass.optional().describe("Sort of disks that they are, where the node would not tell it."),
  encrypted: z
    .boolean()
    .default(false)
    .describe("Encrypt what lies on them. Of volumes that are there it cannot change."),
});

export const options = z.strictObject({
  hosts: z
    .record(
      labelValue.min(1),
      z.strictObject({
        zone: labelValue.min(1).optional().describe("Its label topology.kubernetes.io/zone."),
        rack: labelValue.min(1).optional().describe("Its label topology.rook.io/rack."),
        devices: devices.optional(),
        capacity: size
          .optional()
          .describe("Sum of its disks. Named at all hosts, it says what room is left when one is lost."),
      }),
    )
    .default({})
    .describe(
      "Nodes with disks for Ceph: value of their label kubernetes.io/hostname -> where they are, and their disks. Development: all nodes when none is named.",
    ),
  claims: z
    .record(
      z
        .string()
        .max(30)
        .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, "lower case letters, digits and inner '-'"),
      claims,
    )
    .default({})
    .describe(
      "Volumes that Ceph claims, instead of hosts with disks: name of a set -> how many, of which class, on which nodes.",
    ),
  devices: devices.default({ pattern: "^/dev/disk/by-partlabel/ceph-" }),
  failureDomain: failureDomain
    .default("host")
    .describe(
      "What is lost at once, at the worst: no two copies of the data lie in the same one. Development: a disk.",
    ),
  deviceClass: deviceClass.optional().describe("Sort of disks that the pools lie on. Default: all sorts."),
  pools: z
    .record(poolName, poolOptions)
    .default({})
    .describe("Pool -> what is special about it. A pool is made when somebody uses it, or when it stands here."),
  expectedData: size
    .optional()
    .describe(
      "Data that Ceph is to hold, each byte once: whether it finds room when a host is lost, capacity of the hosts says.",
    ),
  classes: z
    .record(objectName.min(1), storageClass)
    .default({})
    .describe("StorageClasses for volumes of Kubernetes: name -> where they lie. Ceph-CSI comes with the first one."),
  fileSystems: z
    .record(poolName, z.strictObject(copiedPool))
    .default({})
    .describe("File systems that many nodes mount at once: name -> what is special about its pools."),
  objectStore: z
    .strictObject(storeOptions)
    .optional()
    .describe(
      "Objects, by Swift's API and S3, for projects of the cloud and for users of its own: what is special about its pools, and those users.",
    ),
  networks: z
    .strictObject({
      public: z.array(network).min(1).optional().describe("Networks of the nodes that clients come in by."),
      cluster: z.array(network).min(1).optional().describe("Networks of the nodes that copies are sent over."),
    })
    .optional()
    .describe("Where nodes have several networks: which of them Ceph uses. It cannot be changed later."),
  encryptedDevices: z
    .boolean()
    .default(false)
    .describe("Encrypt what lies on the disks. It reaches disks that are added later, and no other."),
  monitoring: z
    .strictObject({
      labels: z
        .record(labelKey, labelValue)
        .default({})
        .describe("Labels of these objects, by which your Prometheus chooses them."),
    })
    .optional()
    .describe(
      "Objects for Prometheus Operator, whose definitions must be in the cluster: where metrics are, and alerts.",
    ),
  dashboard: z.boolean().default(false).describe("Ceph's own web pages, with TLS, on the node of the manager."),
});

export type CephContext = Context<z.output<typeof options>>;
export type Options = z.output<typeof options>;
type FailureDomain = (typeof failureDomains)[number];
/** A host of the options. */
export type Host = Options["hosts"][string];
/** Volumes that Ceph claims, of the options. */
export type Claims = Options["claims"][string];

/** Copies of the data of a pool that says nothing. */
export const usualSize = 3;

/** How many chunks an object of an erasure-coded pool is. */
export type Chunks = NonNullable<Options["pools"][string]["erasureCoded"]>;

/** One pool as it will be. */
export interface Pool {
  readonly name: string;
  /** Where its data lies in chunks: in a pool of its own, which has the name of this one with `-data`. */
  readonly chunks: Chunks | undefined;
  readonly size: number;
  /** Copies that must be there for somebody to write. */
  readonly minSize: number;
  readonly failureDomain: FailureDomain | "osd";
  readonly deviceClass: string | undefined;
  readonly compression: string;
}

interface PoolView extends Pick<CephContext, "profile"> {
  readonly options: Pick<Options, "pools" | "failureDomain" | "deviceClass">;
}

/** A pool of this name: its own words, else those of all pools, else what the profile asks for. */
export function poolOf(
  name: string,
  { profile, options: { pools, ...all } }: PoolView,
  own: Partial<Options["pools"][string]> = pools[name] ?? {},
): Pool {
  const inProduction = profile === "production";
  const size = inProduction ? (own.size ?? usualSize) : 1;
  return {
    name,
    size,
    minSize: inProduction ? Math.max(2, Math.floor(size / 2) + 1) : 1,
    failureDomain: inProduction ? (own.failureDomain ?? all.failureDomain) : "osd",
    deviceClass: own.deviceClass ?? all.deviceClass,
    compression: own.compression ?? "none",
    chunks: inProduction ? own.erasureCoded : undefined,
  };
}

/** Name of the pool that holds the data of another one. RBD, and the gateways of objects, keep a directory in copies beside it. */
export const dataPool = (name: string): string => `${name}-data`;

/** Pool of a file system with what is in its files; Rook calls it `<file system>-<name>`. */
export const fileDataPool = "replicated";

/** Pool that the volumes of a class lie in, where they are disks. */
export const poolOfClass = ({ pool = "kubernetes" }: Pick<Options["classes"][string], "pool">): string => pool;

/** Pools that the StorageClasses lie in. */
export const poolsOfClasses = ({ classes }: Pick<Options, "classes">): string[] =>
  Object.values(classes).flatMap((each) => (each.files === undefined ? [poolOfClass(each)] : []));

/** Where disks are: one host, or so many as the volumes of a set are spread over. */
export interface Place {
  readonly path: readonly [key: "hosts" | "claims", name: string];
  readonly zone: string | undefined;
  readonly rack: string | undefined;
  readonly nodes: number;
  /** Bytes on each of these nodes; undefined where nobody says. */
  readonly room: number | undefined;
}

/** All places with disks, in the order in which they are written. */
export const placesOf = ({ hosts, claims }: Pick<Options, "hosts" | "claims">): readonly Place[] => [
  ...Object.entries(hosts).map(([name, { zone, rack, capacity }]): Place => {
    const room = capacity === undefined ? undefined : bytes(capacity);
    return { path: ["hosts", name], zone, rack, nodes: 1, room };
  }),
  ...Object.entries(claims).map(([name, { zone, rack, nodes, perNode, size: each }]): Place => {
    return { path: ["claims", name], zone, rack, nodes, room: bytes(each)! * perNode };
  }),
];

/** Bytes of each failure domain of a sort; undefined where some place does not say. */
export function capacities(
  options: Pick<Options, "hosts" | "claims">,
  domain: FailureDomain,
): readonly number[] | undefined {
  const places = placesOf(options);
  if (places.length === 0 || places.some(({ room }) => room === undefined)) return undefined;
  if (domain === "host") return places.flatMap(({ nodes, room }) => Array.from({ length: nodes }, () => room!));
  const byDomain = Map.groupBy(places, ({ path: [, name], [domain]: at = name }) => at);
  return [...byDomain.values()].map((each) => each.reduce((sum, { nodes, room }) => sum + nodes * room!, 0));
}

/** How many failure domains of a sort the places are in. */
export function domainCount(options: Pick<Options, "hosts" | "claims">, domain: FailureDomain): number {
  const places = placesOf(options);
  return domain === "host"
    ? places.reduce((sum, { nodes }) => sum + nodes, 0)
    : new Set(places.flatMap((place) => place[domain] ?? [])).size;
}
