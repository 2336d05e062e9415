import fc from "fast-check";
import type { Family } from "../laws/samples.ts";

const one = fc.constantFrom;

export default {
  nova: {
    settings: {
      cells: one(
        { a: {} },
        { a: { dedicated: ["messaging"] }, "cell-two": {} },
        { a: {}, b: { dedicated: ["database", "messaging"] }, c: { dedicated: ["database"] } },
      ),
    },
    longest: { cells: { [`c${"x".repeat(14)}`]: { dedicated: ["database", "messaging"] } } },
    example: {
      nova: {
        cells: { cell1: {}, cell2: { dedicated: ["database", "messaging"] } },
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
        "2025.1": ["nova==31.3.1"],
        "2025.2": ["nova==32.2.1"],
        "2026.1": ["nova==33.0.2"],
        "2026.2": ["nova==34.0.0"],
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
    settings: { name: fc.constant("a") },
    example: { "nova-cell-cell2": { replicas: 2 } },
  },
} satisfies Family;
