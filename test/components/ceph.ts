import fc from "fast-check";
import type { Family, Settings } from "../laws/samples.ts";
import { dials } from "../laws/sometimes.ts";

const one = fc.constantFrom;

const hosts = Object.fromEntries(["1", "2", "3", "4", "5"].map((number) => [`store-${number}`, { capacity: "10Ti" }]));

const claims = {
  ...{
    storageClass: "cloud",
    size: "10Ti",
    nodes: 3,
    perNode: 2,
    portable: false,
    deviceClass: "ssd",
    encrypted: true,
  },
  nodeSelector: { "example.org/disks": "many" },
};

export default {
  ceph: {
    settings: {
      // One of them stands in `always`, and never both.
      hosts: fc.constant(undefined),
      claims: fc.constant(undefined),
      devices: one<unknown[]>(["/dev/disk/by-path/pci-0000:00:1f.2-ata-1"], { pattern: "^/dev/disk/by-id/wwn-.*" }),
      failureDomain: one("host"),
      pools: fc.dictionary(
        one("volumes", "vms", "images", "a1"),
        dials({
          size: one(3, 4),
          failureDomain: one("host"),
          deviceClass: one("ssd", "nvme"),
          compression: one("passive", "aggressive"),
          erasureCoded: fc.constantFrom({ data: 2, coding: 2 }),
        }),
        { minKeys: 1, maxKeys: 2 },
      ),
      expectedData: one("1Ti"),
      fileSystems: fc.dictionary(
        one("files", "a2"),
        dials({ size: one(4), failureDomain: one("host"), deviceClass: one("ssd"), compression: one("passive") }),
        { minKeys: 1, maxKeys: 2 },
      ),
      objectStore: dials({
        size: one(3, 4),
        failureDomain: one("host"),
        deviceClass: one("ssd"),
        compression: one("passive"),
        erasureCoded: one({ data: 2, coding: 2 }),
        users: one<object>({ a: {}, "b-2": { buckets: ["copies", "copies.2"], quota: "2Ti" } }, {}),
      }),
      monitoring: dials({ labels: one({ team: "storage" }) }),
      classes: fc.dictionary(
        one("block", "a.1"),
        dials({ pool: one("volumes", "b2"), reclaim: one("Retain"), format: one("xfs"), files: one("files", "a2") }),
      ),
      networks: dials({ public: one(["192.0.2.0/24"]), cluster: one(["198.51.100.0/24", "2001:db8:1::/64"]) }),
    },
    always: one(
      { hosts },
      { hosts: { ...hosts, "10": { capacity: "10Ti", rack: "1", devices: ["/dev/disk/by-partlabel/ceph-1"] } } },
      {
        hosts: { ...hosts, "10.x": { capacity: "10Ti", zone: "a", devices: { pattern: "^/dev/disk/by-id/nvme-.*" } } },
      },
      { claims: { local: { storageClass: "local-disks", size: "10Ti", nodes: 5 } } },
      { claims: { a: { ...claims, zone: "a", rack: "1" }, "b-2": { ...claims, zone: "a", rack: "2" } } },
    ),
    /** Where a pool lies on one sort of disks, all say theirs. A class lies in a pool, or in a file system that is there. */
    fit: ({ classes, ...settings }) => {
      type Named<T> = Record<string, T> | undefined;
      const fileSystems = settings.fileSystems as Named<{ deviceClass?: string }>;
      const pools = settings.pools as Named<{ deviceClass?: string }>;
      const store = settings.objectStore as { deviceClass?: string } | undefined;
      const sorts = [...Object.values(pools ?? {}), ...Object.values(fileSystems ?? {}), ...(store ? [store] : [])].map(
        ({ deviceClass }) => deviceClass,
      );
      const placed = Object.entries((classes as Named<{ files?: string; pool?: string }>) ?? {}).map(
        ([name, { files, pool, ...own }]) => [
          name,
          {
            ...own,
            ...(files !== undefined && fileSystems !== undefined
              ? { files: Object.keys(fileSystems).sort()[0] }
              : pool === undefined
                ? {}
                : { pool }),
          },
        ],
      );
      const all: Settings = classes === undefined ? settings : { ...settings, classes: Object.fromEntries(placed) };
      return sorts.some((each) => each !== undefined) ? { deviceClass: "hdd", ...all } : all;
    },
    alone: { hosts },
    example: {
      ceph: {
        replicas: { mon: 5 },
        hosts: {
          "store-1": { zone: "rz2-a", rack: "a1", capacity: "40Ti" },
          "store-2": {
            zone: "rz2-b",
            rack: "b1",
            devices: ["/dev/disk/by-path/pci-0000:00:1f.2-ata-1"],
            capacity: "40Ti",
          },
          "store-3": {
            zone: "rz2-c",
            rack: "c1",
            devices: { pattern: "^/dev/disk/by-id/nvme-eui.*" },
            capacity: "40Ti",
          },
          "store-4": { zone: "rz2-a", rack: "a2", capacity: "40Ti" },
          "store-5": { zone: "rz2-b", rack: "b2", capacity: "40Ti" },
        },
        devices: { pattern: "^/dev/disk/by-path/pci-0000:3b:00.0-.*" },
        failureDomain: "zone",
        deviceClass: "ssd",
        pools: {
          images: { compression: "aggressive" },
          kubernetes: { deviceClass: "ssd", erasureCoded: { data: 2, coding: 2 }, failureDomain: "host" },
          archive: { size: 3, failureDomain: "rack", deviceClass: "hdd" },
        },
        expectedData: "30Ti",
        fileSystems: { shared: { size: 3, failureDomain: "host", deviceClass: "ssd", compression: "passive" } },
        classes: {
          block: { format: "xfs" },
          shared: { files: "shared" },
          "block.retained": { pool: "archive", reclaim: "Retain" },
        },
        networks: { public: ["192.0.2.0/24"], cluster: ["198.51.100.0/24"] },
        encryptedDevices: true,
        dashboard: true,
        objectStore: {
          ...{ size: 4, failureDomain: "host", deviceClass: "ssd", compression: "passive" },
          erasureCoded: { data: 2, coding: 2 },
          users: { "mariadb-north": { buckets: ["mariadb-north"], quota: "10Ti" }, images: {} },
        },
        monitoring: { labels: { release: "prometheus" } },
        resources: { osd: { requests: { cpu: "2", memory: "8Gi" }, limits: { memory: "8Gi" } } },
        scheduling: {
          nodeSelector: { "example.org/role": "control" },
          tolerations: [{ key: "example.org/dedicated", operator: "Equal", value: "storage", effect: "NoSchedule" }],
        },
      },
    },
  },
  "object-store": {
    settings: Object.fromEntries(
      ["failureDomain", "deviceClass", "size", "compression", "erasureCoded", "users"].map((key) => [
        key,
        fc.constant("its owner says it"),
      ]),
    ),
    example: { "object-store": { replicas: 3, resources: { gateway: { limits: { memory: "4Gi" } } } } },
  },
} satisfies Family;
