import { integer } from "../../generator/contract/formats.ts";
import { openstack } from "../../generator/kit/openstack.ts";

/** What it is, in a sentence that tells an operator something true. */
export default openstack({
  name: "example",
  summary: "Example service: shows the form.",
  options: { size: integer(1, 1000).default(10).describe("How much of it.") },
  roles: {
    api: {
      wsgi: { "2025.1": "example.api.app:application", later: "example.wsgi.api:application" },
      endpoint: { type: "example", port: 9999, description: "Example" },
      publicUrl: "DEFAULT.public_endpoint",
      memory: ["256Mi", "1Gi"],
      // It hands every request to the engines.
      without: ["database"],
    },
    engine: { command: ["example-engine"], processes: { "DEFAULT.workers": 4 }, memory: ["1Gi", "3Gi"], grace: 120 },
    scheduler: { command: ["example-scheduler"], scaling: "one" },
  },
  needs: ["database", "cache", "rpc"],
  requires: ["placement"],
  logins: { placement: { session: true } },
  identity: ({ instance }) => ({
    domains: [{ name: instance, description: "Users that the engines make", option: "DEFAULT.user_domain_name" }],
    roles: ["example_user"],
    users: { keeper: { domain: instance, roles: ["admin"], option: "DEFAULT.keeper" } },
  }),
  secretOptions: {
    key: { option: "DEFAULT.encryption_key", form: "text", length: 32, purpose: "key that encrypts what is stored" },
  },
  migrate: { expand: { "db-sync": ["example-manage", "db", "sync"] } },
  crons: { purge: { at: "15 2 * * *", run: ["example-manage", "purge"] } },
  conf: (ctx) => ({
    DEFAULT: { size: ctx.options.size },
    placement: { endpoint_override: ctx.url("placement", "internal") },
  }),
});
