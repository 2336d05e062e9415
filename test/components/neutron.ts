import fc from "fast-check";
import type { Family } from "../laws/samples.ts";
import { dials } from "../laws/sometimes.ts";

const one = fc.constantFrom;

export default {
  neutron: {
    settings: {
      networks: fc.dictionary(
        one("physnet1", "a", "Net_2.b"),
        dials({ flat: fc.boolean(), vlans: one(["100:199"], ["1:1", "2:4094"]), mtu: one(1358, 9000) }),
      ),
      networkTypes: one(["vlan"], ["vlan", "geneve"]),
      vnis: one(["1:16777215"], ["1:10", "20:30"]),
      nameservers: one(["192.0.2.53"], ["192.0.2.53", "2001:db8::53"]),
    },
    // Others bring it along, and it asks those.
    alone: {},
    fit: ({ networkTypes, ...settings }) =>
      JSON.stringify(settings.networks ?? {}).includes('"vlans"') && networkTypes !== undefined
        ? { ...settings, networkTypes }
        : settings,
    longest: { networks: { ["p".repeat(64)]: { vlans: ["1:4094"] } } },
    example: {
      neutron: {
        networks: { physnet1: {}, physnet2: { flat: false, vlans: ["100:199", "1000:1999"], mtu: 9000 } },
        networkTypes: ["geneve", "vlan"],
        vnis: ["1:20000"],
        mtu: 1600,
        pathMtu: 9000,
        nameservers: ["192.0.2.53", "2001:db8::53"],
        distributedFloatingIps: true,
        dedicated: ["messaging"],
        uses: { placement: "placement", compute: "nova", ovn: "ovn" },
        replicas: { api: 2, maintenance: 3, periodic: 3 },
      },
      "neutron-two": {
        metadata: false,
        uses: {
          ovn: { hosts: ["ovn-1.example.org"], northbound: 16641, southbound: 16642, tls: { ca: "ovn-ca" } },
        },
      },
    },
    judged: {
      databaseServer: true,
      // That of OVN's agent of 2025.2, which its own list leaves out.
      free: { "^agent$": ["extensions"] },
      // oslo.service says so with its server of WSGI, and Neutron finds its pipeline by it whatever serves it.
      withoutSuccessor: ["DEFAULT/api_paste_config"],
      packages: {
        "2025.1": ["neutron==26.0.6"],
        "2025.2": ["neutron==27.0.4"],
        "2026.1": ["neutron==28.0.2"],
        // It imports pyroute2, and no longer asks for it.
        "2026.2": ["neutron==29.0.0", "pyroute2"],
      },
      namespaces: [
        "neutron",
        "neutron.agent",
        "neutron.base.agent",
        "neutron.db",
        "neutron.extensions",
        "neutron.ml2",
        "neutron.ml2.ovn",
        "neutron.ml2.ovn.agent",
        "neutron.ovn.metadata.agent",
        "nova.auth",
        "placement.auth",
        "ironic.auth",
        "designate.auth",
        "keystonemiddleware.auth_token",
        "oslo.concurrency",
        "oslo.db",
        "oslo.log",
        "oslo.messaging",
        "oslo.middleware.cors",
        "oslo.middleware.healthcheck",
        "oslo.middleware.http_proxy_to_wsgi",
        "oslo.policy",
        "oslo.reports",
        "oslo.service.periodic_task",
        "oslo.service.service",
        "oslo.service.wsgi",
        "osprofiler",
      ],
    },
  },
  "metadata-agent": {
    example: {
      "metadata-agent-compute": {
        maxUnavailable: "10%",
        config: { "neutron.conf": { DEFAULT: { metadata_workers: 8 } } },
      },
    },
  },
} satisfies Family;
