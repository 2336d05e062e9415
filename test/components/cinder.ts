import fc from "fast-check";
import type { Family } from "../laws/samples.ts";
import { inPoolOf, s3 } from "../laws/settings.ts";
import { dials, inner, listOf } from "../laws/sometimes.ts";

const one = fc.constantFrom;

const ceph = {
  monitors: listOf(["10.0.0.1", "10.0.0.2:6789", "[fd00::1]:3300"]),
  secret: one("ceph", "cinder-ceph"),
};
const rbd = (users: fc.Arbitrary<string>, pools: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.record({ type: fc.constant("rbd"), ...ceph }), inner({ pool: pools, user: users }))
    .map(([must, can]) => ({ ...must, ...can }));
/** In the storage that Cinder is connected to. */
const inStorage = dials({ pool: one("volumes-2"), images: one([], ["images"], ["images", "more"]) }).map((can) => ({
  type: "rbd",
  ...can,
}));
const nfs = fc
  .tuple(
    fc.record({ server: one("10.0.0.9", "[fd00::9]", "nfs.example.org"), path: one("/", "/srv/a_b") }),
    dials({ mountOptions: one("vers=4.2,hard") }),
  )
  .map(([must, can]) => ({ type: "nfs", ...must, ...can }));
const lvm = dials({ volumeGroup: one("vg.1") }).map((can) => ({ type: "lvm", node: "storage-1", ...can }));
/** One of each type at most, since no two may have one place. */
const backends = fc
  .tuple(
    one("ceph", "fast-one", "a"),
    fc.oneof(rbd(one("cinder.2"), one("fast")), inStorage),
    dials({ files: nfs, local: lvm }),
  )
  .map(([name, first, others]) => ({ backends: { [name]: first, ...others } }));

/** What a part has is its owner's to say. */
const partOptions = { settings: { name: fc.constant("a"), backend: fc.constant({}) } };

export default {
  cinder: {
    settings: {
      backup: fc.oneof(fc.record({ type: fc.constant("s3"), ...s3 }), rbd(one("cinder-backup.2"), one("copies"))),
    },
    always: backends,
    fit: ({ backends: all, backup, ...settings }, _, suffix) => ({
      ...settings,
      backends: Object.fromEntries(
        Object.entries(all as object).map(([name, each]) => [name, inPoolOf(each, suffix, "volumes")]),
      ),
      ...(backup === undefined ? {} : { backup: inPoolOf(backup, suffix, "backups") }),
    }),
    alone: { backends: { ceph: { type: "rbd", monitors: ["10.0.0.1"], secret: "ceph" } } },
    longest: {
      backends: {
        [`r${"x".repeat(14)}`]: { type: "rbd", monitors: ["10.0.0.1"], secret: "ceph" },
        [`n${"x".repeat(14)}`]: { type: "nfs", server: "10.0.0.9", path: "/volumes" },
      },
      backup: { type: "rbd", monitors: ["10.0.0.1"], secret: "ceph" },
    },
    example: {
      cinder: {
        conversionSize: "100Gi",
        dedicated: ["messaging"],
        uses: { image: "glance" },
        backends: {
          ceph: {
            type: "rbd",
            monitors: ["10.0.0.1:6789"],
            pool: "fast-volumes",
            user: "cinder-rz2",
            secret: "cinder-ceph",
          },
          files: { type: "nfs", server: "nfs.example.org", path: "/volumes", mountOptions: "vers=4.2" },
          local: { type: "lvm", node: "storage-1", volumeGroup: "volumes" },
        },
        backup: { type: "rbd", monitors: ["10.1.0.1"], pool: "copies", user: "copier", secret: "backup-ceph" },
        replicas: { api: 2, scheduler: 2 },
        crons: { "service-clean": false },
      },
      "cinder-two": {
        backends: {
          inside: { type: "rbd", pool: "volumes-two", images: ["images-two"] },
          second: { type: "rbd", monitors: ["10.0.0.2"], pool: "two", secret: "cinder-ceph" },
        },
        backup: { type: "s3", endpoint: "https://s3.example.org", bucket: "volume-backups", secret: "cinder-s3" },
        uses: {
          ...{ image: "glance", "key-manager": "barbican" },
          coordination: { server: "etcd", hosts: ["etcd.example.org"], port: 2399, tls: { ca: "locks-ca" } },
        },
      },
    },
    judged: {
      programs: {
        "qemu-img": "qemu-utils",
        mmdebstrap: "mmdebstrap",
        rbd: "ceph-common",
        "usr/lib/python3/dist-packages/rados.cpython-311-x86_64-linux-gnu.so": "python3-rados",
        "usr/lib/python3/dist-packages/rbd.cpython-311-x86_64-linux-gnu.so": "python3-rbd",
      },
      // Volumes are clones of its images.
      together: ["glance"],
      packages: {
        "2025.1": ["cinder==26.3.0", "boto3", "etcd3gw"],
        "2025.2": ["cinder==27.0.0", "boto3", "etcd3gw"],
        "2026.1": ["cinder==28.0.0", "boto3", "etcd3gw"],
        // Its list of options imports what its drivers for Google and Swift import.
        "2026.2": ["cinder==29.0.0", "boto3", "etcd3gw", "google-api-python-client", "python-swiftclient"],
      },
      namespaces: [
        "cinder",
        "castellan.config",
        "keystonemiddleware.auth_token",
        "os_brick",
        "oslo.cache",
        "oslo.concurrency",
        "oslo.db",
        "oslo.log",
        "oslo.messaging",
        "oslo.middleware.cors",
        "oslo.middleware.http_proxy_to_wsgi",
        "oslo.middleware.sizelimit",
        "oslo.policy",
        "oslo.privsep",
        "oslo.reports",
        "oslo.service.periodic_task",
        "oslo.service.service",
        "oslo.service.sslutils",
        "osprofiler",
      ],
      free: {
        // oslo.service means to remove it, together with servers that do not run here; Cinder reads it at all releases.
        "^DEFAULT$": ["api_paste_config"],
        // Cinder registers what logs in there, and lists only some of it.
        "^service_user$": ["auth_type"],
        // Groups of oslo.privsep, which lists its options under a name of its own.
        "^(cinder_sys_admin|privsep_osbrick)$": ["capabilities", "group", "helper_command", "user"],
      },
    },
  },
  "cinder-volume-rbd": {
    ...partOptions,
    example: {
      "cinder-volume-rbd-ceph": {
        replicas: 2,
        config: { "cinder.conf": { backend_defaults: { rbd_max_clone_depth: 3 } } },
      },
    },
  },
  "cinder-volume-nfs": {
    ...partOptions,
    example: { "cinder-volume-nfs-files": { resources: { volume: { limits: { memory: "4Gi" } } } } },
  },
  "cinder-volume-lvm": { ...partOptions, example: {} },
  "cinder-backup": {
    settings: { backends: fc.constant({}), backup: fc.constant({}) },
    example: { "cinder-backup": { replicas: 2 } },
  },
} satisfies Family;
