import type { Family } from "../laws/samples.ts";

export default {
  placement: {
    example: {
      placement: {
        uses: {
          database: { host: "db.example.org", port: 3307, name: "placement", names: { placement: "placement_rz2" } },
          cache: { hosts: ["cache-1.example.org", "cache-2.example.org"], port: 11212 },
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
  },
} satisfies Family;
