import fc from "fast-check";
import type { Family, Settings } from "../laws/samples.ts";
import { dials } from "../laws/sometimes.ts";

const one = fc.constantFrom;

const hosts = { "store-1": {}, "store-2": {}, "store-3": {}, "store-4": {} };

export default {
  ceph: {
    settings: {
      hosts: fc.constant("they stand in always"),
      devices: one<unknown[]>(["/dev/disk/by-path/pci-0000:00:1f.2-ata-1"], { pattern: "^/dev/disk/by-id/wwn-.*" }),
      failureDomain: one("host"),
      pools: fc.dictionary(
        one("volumes", "vms", "images", "a1"),
        dials({
          size: one(3, 4),
          failureDomain: one("host"),
          deviceClass: one("ssd", "nvme"),
          compression: one("passive", "aggressive"),
        }),
        { minKeys: 1, maxKeys: 2 },
      ),
      networks: dials({ public: one(["192.0.2.0/24"]), cluster: one(["198.51.100.0/24", "2001:db8:1::/64"]) }),
    },
    always: one(
      { hosts },
      { hosts: { ...hosts, "10": { rack: "1", devices: ["/dev/disk/by-partlabel/ceph-1"] } } },
      { hosts: { ...hosts, "10.x": { zone: "a", devices: { pattern: "^/dev/disk/by-id/nvme-.*" } } } },
    ),
    /** Where a pool lies on one sort of disks, all say theirs. */
    fit: ({ pools, ...settings }) => {
      const classes = Object.values((pools ?? {}) as Record<string, { deviceClass?: string }>).map(
        ({ deviceClass }) => deviceClass,
      );
      const all: Settings = pools === undefined ? settings : { ...settings, pools };
      return classes.some((each) => each !== undefined) ? { deviceClass: "hdd", ...all } : all;
    },
    alone: { hosts },
    example: {
      ceph: {
        replicas: { mon: 5 },
        hosts: {
          "store-1": { zone: "rz2-a", rack: "a1" },
          "store-2": { zone: "rz2-b", rack: "b1", devices: ["/dev/disk/by-path/pci-0000:00:1f.2-ata-1"] },
          "store-3": { zone: "rz2-c", rack: "c1", devices: { pattern: "^/dev/disk/by-id/nvme-eui.*" } },
        },
        devices: { pattern: "^/dev/disk/by-path/pci-0000:3b:00.0-.*" },
        failureDomain: "zone",
        deviceClass: "ssd",
        pools: {
          images: { compression: "aggressive" },
          archive: { size: 3, failureDomain: "rack", deviceClass: "hdd" },
        },
        networks: { public: ["192.0.2.0/24"], cluster: ["198.51.100.0/24"] },
        encryptedDevices: true,
        dashboard: true,
        resources: { osd: { requests: { cpu: "2", memory: "8Gi" }, limits: { memory: "8Gi" } } },
        scheduling: {
          nodeSelector: { "example.org/role": "control" },
          tolerations: [{ key: "example.org/dedicated", operator: "Equal", value: "storage", effect: "NoSchedule" }],
        },
      },
    },
  },
} satisfies Family;
