import fc from "fast-check";
import type { Family } from "../laws/samples.ts";

const one = fc.constantFrom;

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
      ),
    },
    longest: { cells: { [`c${"x".repeat(14)}`]: { dedicated: ["database", "messaging"] } } },
    example: {
      nova: {
        cells: { cell1: {}, cell2: { dedicated: ["database", "messaging"], nodeGroups: ["gpu"] } },
        virt: "kvm",
        consoles: true,
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
        chromium: "chromium",
        gcc: "gcc",
        genisoimage: "genisoimage",
        mmdebstrap: "mmdebstrap",
        "pkg-config": "pkgconf",
        "qemu-img": "qemu-utils",
        "qemu-system-x86_64": "qemu-system-x86",
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
