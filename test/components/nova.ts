import fc from "fast-check";
import type { Family } from "../laws/samples.ts";
import { inPoolOf } from "../laws/settings.ts";

const one = fc.constantFrom;

/** Disks on Ceph, where they are said to be there: in the storage, or in a cluster that is named. */
const disks = one<object[]>(
  { type: "host" },
  { type: "rbd" },
  { type: "rbd", pool: "fast", images: ["images", "more"] },
  { type: "rbd", monitors: ["10.0.0.1", "[fd00::1]:3300"], secret: "disks.ceph" },
  { type: "rbd", monitors: ["10.0.0.2:6789"], pool: "v.ms", user: "nova.2", secret: "disks" },
);

export default {
  nova: {
    settings: {
      cells: one(
        { a: {} },
        { a: { dedicated: ["messaging"] }, "cell-two": { nodeGroups: [] } },
        {
          a: {},
          b: { dedicated: ["database", "messaging"], nodeGroups: [] },
          c: { dedicated: ["database"], nodeGroups: [] },
        },
        { a: { disks: { type: "rbd", pool: "of-a" } }, b: { disks: { type: "host" }, nodeGroups: [] } },
      ),
      disks,
    },
    fit: ({ disks, ...settings }, _, suffix) => ({
      ...settings,
      ...(disks === undefined ? {} : { disks: inPoolOf(disks, suffix, "vms") }),
    }),
    longest: { cells: { [`c${"x".repeat(14)}`]: { dedicated: ["database", "messaging"] } }, disks: { type: "rbd" } },
    example: {
      nova: {
        cells: {
          cell1: {
            disks: { type: "rbd", monitors: ["10.0.0.1"], pool: "disks", user: "nova-rz2", secret: "nova-ceph" },
          },
          cell2: {
            dedicated: ["database", "messaging"],
            nodeGroups: ["gpu"],
            disks: { type: "rbd", pool: "vms-gpu", images: ["images-two"] },
          },
        },
        virt: "kvm",
        consoles: true,
        disks: { type: "host" },
        uses: {
          placement: "placement",
          image: "glance",
          network: "neutron",
          "block-storage": "cinder",
          "key-manager": "barbican",
        },
        replicas: { api: 2, conductor: 2 },
        crons: { "discover-hosts": "*/5 * * * *" },
      },
    },
    judged: {
      packages: {
        "2025.1": ["nova==31.3.1", "libvirt-python"],
        "2025.2": ["nova==32.2.1", "libvirt-python"],
        "2026.1": ["nova==33.0.2", "libvirt-python"],
        "2026.2": ["nova==34.0.0", "libvirt-python"],
      },
      programs: {
        gcc: "gcc",
        genisoimage: "genisoimage",
        mmdebstrap: "mmdebstrap",
        "pkg-config": "pkgconf",
        "qemu-img": "qemu-utils",
        // Disks of servers on Ceph.
        ceph: "ceph-common",
        rbd: "ceph-common",
        "usr/lib/python3/dist-packages/rados.cpython-311-x86_64-linux-gnu.so": "python3-rados",
        "usr/lib/python3/dist-packages/rbd.cpython-311-x86_64-linux-gnu.so": "python3-rbd",
        "usr/include/libvirt/libvirt.h": "libvirt-dev",
      },

      free: {
        // What a plugin of os-vif and a context of oslo.privsep register when they are loaded.
        "^os_vif_ovs$": ["ovsdb_connection"],
        "^(?:nova_sys_admin|privsep_osbrick|vif_plug_ovs_privileged)$": ["helper_command"],
      },
      namespaces: [
        "nova.conf",
        "castellan.config",
        "keystonemiddleware.auth_token",
        "oslo.cache",
        "oslo.concurrency",
        "oslo.db",
        "oslo.log",
        "oslo.messaging",
        "oslo.middleware",
        "oslo.policy",
        "oslo.privsep",
        "oslo.reports",
        "oslo.service.periodic_task",
        "oslo.service.service",
      ],
    },
  },
  "nova-cell": {
    // What a part has is its owner's to say.
    settings: { name: fc.constant("a"), nodeGroups: fc.constant([]) },
    example: { "nova-cell-cell2": { replicas: 2 } },
  },
  "nova-novncproxy": {
    example: { "nova-novncproxy-cell2": { replicas: 2, resources: { proxy: { limits: { memory: "4Gi" } } } } },
  },
  "nova-compute": {
    settings: { cell: fc.constant("a"), group: fc.constant("compute") },
    example: {
      "nova-compute-cell2-gpu": {
        maxUnavailable: "10%",
        config: { "nova.conf": { DEFAULT: { reserved_host_memory_mb: 16_384 } } },
      },
    },
  },
} satisfies Family;
