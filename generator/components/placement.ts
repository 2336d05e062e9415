import { openstack } from "../kit/openstack.ts";

/** Inventory of what compute nodes offer and what is taken. Small and stateless; it never uses the broker. */
export default openstack({
  name: "placement",
  summary: "Placement service: the inventory of resources that Nova schedules on.",
  roles: {
    api: {
      wsgi: "placement.wsgi.api:application",
      endpoint: { type: "placement", port: 8778, description: "Placement" },
      // The version document: needs neither token nor database. Placement has no /healthcheck.
      probe: "/",
    },
  },
  needs: [{ kind: "database", name: "placement", group: "placement_database" }, "token-cache"],
  user: { roles: ["service"], formerRoles: ["admin"] },
  migrate: {
    expand: { "db-sync": ["placement-manage", "db", "sync"] },
    contract: { "online-data-migrations": ["placement-manage", "db", "online_data_migrations"] },
  },
});
