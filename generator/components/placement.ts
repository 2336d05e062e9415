import { z } from "zod";
import { component } from "../contract/component.ts";
import { identityEnvironment } from "../kit/connection-environment.ts";
import { mergeIni } from "../kit/ini.ts";
import { authtoken, connectionsPerProcess, osloDefaults, uwsgi } from "../kit/oslo.ts";
import { api, job } from "../kit/workload.ts";

const port = 8778;

/** Inventory of what compute nodes offer and what is taken. Small and stateless; it never uses the broker. */
export default component({
  name: "placement",
  summary: "Placement service: the inventory of resources that Nova schedules on.",
  group: "services",
  options: z.strictObject({}),
  roles: { api: { replicas: 3, scaling: "free", connections: 4 * connectionsPerProcess } },
  development: { roles: { api: { replicas: 1 } } },
  images: {
    placement: (release) => `quay.io/airshipit/placement:${release}-ubuntu_noble`,
    client: (release) => `quay.io/airshipit/openstack-client:${release}-ubuntu_noble`,
  },
  project: "placement",
  conf: "placement.conf",
  needs: () => [
    { kind: "database", name: "placement", group: "placement_database" },
    { kind: "cache", name: "placement", group: "cache" },
  ],
  requires: ["identity"],
  endpoints: { placement: { type: "placement", role: "api", port, description: "Placement" } },
  user: { roles: ["service", "admin"] },
  // Placement has no [cache] group: memcached serves keystonemiddleware alone.
  config: (ctx) => ({
    "placement.conf": mergeIni({ ...osloDefaults(ctx), cache: {} }, authtoken(ctx)),
    "uwsgi.ini": uwsgi(ctx, "placement.wsgi.api:application", port),
  }),
  manifests: (ctx) => [
    ...api(ctx, {
      port,
      // The version document: needs neither token nor database. Placement has no /healthcheck.
      probe: "/",
      resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
      environment: identityEnvironment(ctx),
    }),
    job(ctx, "db-expand", {
      phase: "expand",
      steps: [{ name: "db-sync", command: ["placement-manage", "db", "sync"] }],
    }),
    job(ctx, "db-contract", {
      phase: "contract",
      steps: [{ name: "online-data-migrations", command: ["placement-manage", "db", "online_data_migrations"] }],
    }),
  ],
});
