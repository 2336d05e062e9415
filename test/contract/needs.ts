import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Catalogue, type Component, component } from "../../generator/contract/component.ts";
import { openstack } from "../../generator/kit/openstack.ts";

// Components as small as they can be, with needs that no service of the catalogue has yet.

/** Several needs of one kind: two databases, calls of its own, notifications for others; each role has its own share. */
const ledger = openstack({
  name: "ledger",
  summary: "Keeps books in two databases.",
  roles: {
    api: {
      wsgi: "ledger.wsgi:application",
      endpoint: { type: "ledger", port: 8999, description: "Ledger" },
      without: ["messaging", "archive_database"],
    },
    clerk: { command: ["ledger-clerk"] },
  },
  needs: [
    { kind: "database", name: "ledger", group: "database" },
    { kind: "database", name: "ledger_archive", group: "archive_database" },
    "rpc",
    "notifications",
    "token-cache",
  ],
  migrate: { expand: { "db-sync": ["ledger-manage", "db", "sync"] } },
  jobs: { archive: { phase: "expand", steps: { move: ["ledger-manage", "move"] }, connections: ["archive_database"] } },
});

/** Reads what others notify of. */
const listener: Component = component({
  name: "listener",
  summary: "Reads the notifications of all services.",
  group: "services",
  options: z.strictObject({}),
  roles: { listener: { replicas: 1, scaling: "free" } },
  images: { listener: () => "registry.example.org/listener:1" },
  needs: () => [
    {
      kind: "messaging",
      name: "notifications",
      group: "notification",
      use: "notifications",
      from: "provider",
      access: "read",
    },
  ],
  manifests: () => [],
});

/** The catalogue with them in it. */
export const catalogue: Catalogue = new Map(
  [...builtIn.values(), ledger as Component, listener].map((item) => [item.name, item]),
);
