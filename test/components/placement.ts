import { expect } from "vitest";
import { ask } from "../config/ask.ts";
import type { Family } from "../laws/samples.ts";

export default {
  placement: {
    example: {
      placement: {
        uses: {
          database: {
            host: "db.example.org",
            port: 3307,
            tls: { ca: "db-ca" },
            name: "placement",
            names: { placement: "placement_rz2" },
          },
          cache: { hosts: ["cache-1.example.org", "cache-2.example.org"], port: 11212, tls: "none" },
        },
        environment: { TZ: "Europe/Berlin" },
        suspend: true,
        patches: [
          {
            target: { kind: "Deployment", name: "placement-api" },
            ops: [
              {
                op: "add",
                path: "/spec/template/spec/hostAliases",
                value: [{ ip: "192.0.2.7", hostnames: ["legacy.example.org"] }],
              },
            ],
          },
        ],
      },
      "placement-two": {
        uses: { identity: "keystone-two" },
        credentials: { database: { generation: 2, alsoValid: 1 }, identity: { generation: 3, alsoValid: 2 } },
      },
    },
    judged: {
      packages: {
        "2025.1": ["openstack-placement==13.0.1"],
        "2025.2": ["openstack-placement==14.0.0"],
        "2026.1": ["openstack-placement==15.0.0"],
        "2026.2": ["openstack-placement==16.0.0"],
      },
      namespaces: [
        "placement.conf",
        "keystonemiddleware.auth_token",
        "oslo.log",
        "oslo.middleware.cors",
        "oslo.middleware.http_proxy_to_wsgi",
        "oslo.policy",
      ],
      atWork: async (urls, headers) => {
        const url = `${urls.get("api")}/resource_providers`;
        expect(await ask(url)).toMatchObject({ status: 401 });
        expect(await ask(url, { headers })).toMatchObject({ status: 200, body: { resource_providers: [] } });
      },
    },
  },
} satisfies Family;
