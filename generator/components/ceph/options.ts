import { z } from "zod";
import type { Context } from "../../contract/context.ts";
import { integer, labelValue, network } from "../../contract/formats.ts";

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

const poolOptions = z.strictObject({
  size: integer(2, 6).optional().describe("Copies of the data. Default: 3. Writing goes on while two are there."),
  failureDomain: failureDomain.optional().describe("No two copies lie in the same one. Default: that of all pools."),
  deviceClass: deviceClass.optional().describe("Sort of disks that the pool lies on. Default: that of all pools."),
  compression: z
    .enum(["none", "passive", "aggressive", "force"])
    .default("none")
    .describe("Which data the daemons compress, in Ceph's words."),
});

/** A pool is called like the object that Rook makes it of; the pool of the managers has a name of its own. */
const poolName = z
  .string()
  .max(40)
  .regex(
    /^(?!builtin-mgr$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    "the name of a pool: lower case letters, digits and inner '-'",
  );

export const options = z.strictObject({
  hosts: z
    .record(
      labelValue.min(1),
      z.strictObject({
        zone: labelValue.min(1).optional().describe("Its label topology.kubernetes.io/zone."),
        rack: labelValue.min(1).optional().describe("Its label topology.rook.io/rack."),
        devices: devices.optional(),
      }),
    )
    .default({})
    .describe(
      "Nodes with disks for Ceph: value of their label kubernetes.io/hostname -> where they are, and their disks. Development: all nodes when none is named.",
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
  dashboard: z.boolean().default(false).describe("Ceph's own web pages, with TLS, on the node of the manager."),
});

export type CephContext = Context<z.output<typeof options>>;
export type Options = z.output<typeof options>;
type FailureDomain = (typeof failureDomains)[number];
/** A host of the options. */
export type Host = Options["hosts"][string];

/** Copies of the data of a pool that says nothing. */
export const usualSize = 3;

/** One pool as it will be. */
export interface Pool {
  readonly name: string;
  readonly size: number;
  /** Copies that must be there for somebody to write. */
  readonly minSize: number;
  readonly failureDomain: FailureDomain | "osd";
  readonly deviceClass: string | undefined;
  readonly compression: string;
}

/** A pool of this name: its own words, else those of all pools, else what the profile asks for. */
export function poolOf(
  name: string,
  { profile, options: { pools, ...all } }: Pick<CephContext, "profile" | "options">,
): Pool {
  const own: Partial<Options["pools"][string]> = pools[name] ?? {};
  const inProduction = profile === "production";
  const size = inProduction ? (own.size ?? usualSize) : 1;
  return {
    name,
    size,
    minSize: inProduction ? Math.max(2, Math.floor(size / 2) + 1) : 1,
    failureDomain: inProduction ? (own.failureDomain ?? all.failureDomain) : "osd",
    deviceClass: own.deviceClass ?? all.deviceClass,
    compression: own.compression ?? "none",
  };
}

/** Failure domains of a sort that the hosts name. */
export const domainsOf = (hosts: Options["hosts"], domain: FailureDomain): readonly string[] =>
  domain === "host" ? Object.keys(hosts) : [...new Set(Object.values(hosts).flatMap((host) => host[domain] ?? []))];
