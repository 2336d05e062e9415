import fc from "fast-check";
import type { Family, Settings } from "../laws/samples.ts";
import { s3 } from "../laws/settings.ts";
import { dials, inner, listOf } from "../laws/sometimes.ts";

const one = fc.constantFrom;

const stores = fc.dictionary(
  one("ceph", "fast_one", "a", "archive"),
  fc.oneof(
    fc
      .tuple(
        fc.record({
          type: fc.constant("rbd"),
          monitors: listOf(["10.0.0.1", "10.0.0.2:6789", "[fd00::1]:3300"]),
          secret: one("ceph", "glance-ceph"),
        }),
        inner({ pool: one("images", "im.ages"), user: one("glance.2") }),
      )
      .map(([must, can]) => ({ ...must, ...can })),
    fc.record({ type: fc.constant("s3"), ...s3 }),
    fc
      .tuple(fc.constant("file"), one("100Gi", "2Ti"), dials({ storageClass: one("cephfs") }))
      .map(([type, size, more]) => ({ type, size, ...more })),
  ),
  { minKeys: 1, maxKeys: 2 },
);

export default {
  glance: {
    settings: { defaultStore: fc.constant("it follows from stores"), stagingSize: one("5Gi", "1024Mi") },
    always: fc.record({ stores }),
    alone: { stores: { ceph: { type: "rbd", monitors: ["10.0.0.1"], secret: "ceph" } } },
    longest: { stores: { [`s${"x".repeat(29)}`]: { type: "file", storageClass: "shared" } }, defaultStore: undefined },
    /** One of several stores is the default; a volume that one pod writes has one pod. */
    fit: ({ defaultStore, ...settings }, sharedStorageClass) => {
      const all = Object.entries(settings.stores as Record<string, { type: string; storageClass?: string }>);
      const { replicas: _, autoscaling: __, ...uncounted } = settings;
      const isOwnVolume = all.some(
        ([, { type, storageClass }]) => type === "file" && (storageClass ?? sharedStorageClass) === undefined,
      );
      const named: Settings = all.length > 1 || defaultStore !== undefined ? { defaultStore: all[0]![0] } : {};
      return { ...(isOwnVolume ? { ...uncounted, replicas: 1 } : settings), ...named };
    },
    example: {
      glance: {
        dedicated: ["database", "cache"],
        notifications: true,
        imageSizeCap: 107_374_182_400,
        stagingSize: "100Gi",
        defaultStore: "fast",
        stores: {
          fast: {
            type: "rbd",
            monitors: ["10.0.0.1:6789"],
            pool: "fast-images",
            user: "glance-rz2",
            secret: "glance-ceph",
          },
          archive: { type: "s3", endpoint: "https://s3.example.org", bucket: "image-archive", secret: "glance-s3" },
          shared: { type: "file", size: "2Ti", storageClass: "cephfs" },
        },
        crons: { "purge-deleted": false },
      },
      "glance-two": {
        uses: {
          messaging: {
            hosts: ["rabbitmq.example.org"],
            port: 5673,
            vhost: "glance",
            vhosts: { notifications: "openstack" },
          },
          cache: "memcached",
        },
        notifications: true,
        stores: { shared: { type: "file" } },
      },
    },
  },
} satisfies Family;
