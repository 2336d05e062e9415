import { integer } from "../contract/formats.ts";
import { openstack } from "../kit/openstack.ts";
import { withoutVersion } from "../kit/oslo.ts";
import { caOption } from "../kit/tls.ts";

/**
 * Orchestration. Both APIs hand every request to the engines and open no database. What runs inside a stack calls back by
 * the public URL of the CloudFormation API.
 */
export default openstack({
  name: "heat",
  summary: "Orchestration service: builds stacks of resources from templates.",
  options: {
    maxStacksPerProject: integer(-1, 100_000)
      .default(512)
      .describe("How many stacks a project can have at most; -1 means no limit."),
  },
  roles: {
    api: {
      wsgi: "heat.wsgi.api:application",
      endpoint: { type: "orchestration", port: 8004, path: "/v1/%(project_id)s", description: "Orchestration" },
      without: ["database"],
    },
    cfn: {
      wsgi: "heat.wsgi.cfn:application",
      endpoint: { type: "cloudformation", port: 8000, path: "/v1", description: "CloudFormation" },
      publicUrl: "DEFAULT.heat_metadata_server_url",
      without: ["database"],
    },
    engine: {
      command: ["heat-engine"],
      processes: { "DEFAULT.num_engine_workers": 4 },
      grace: 120,
      memory: ["1Gi", "3Gi"],
    },
  },
  needs: ["database", "cache", "rpc"],
  callsEveryService: true,
  logins: {
    // A trustee acts in the project of the user who trusts it, and asks for none of its own.
    trustee: { project: false },
    // Checks signatures of what runs inside a stack; Keystone answers services alone:
    // https://review.opendev.org/q/Ic84b84247e05f29874e2c5636a033aaedd4de83c
    ec2authtoken: { session: true },
  },
  identity: ({ instance }) => ({
    domains: [{ name: instance, description: "Users of stacks", option: "DEFAULT.stack_user_domain_name" }],
    roles: ["heat_stack_user"],
    users: { "stack-admin": { domain: instance, roles: ["admin"], option: "DEFAULT.stack_domain_admin" } },
  }),
  secretOptions: {
    "encryption-key": {
      option: "DEFAULT.auth_encryption_key",
      form: "text",
      // Heat takes 32 characters, no more and no fewer.
      length: 32,
      purpose: "key that encrypts the logins and hidden parameters of stacks",
      living:
        "heat-manage update_params encrypts parameters and properties again, and nothing does so with the trusts and passwords that stacks act with",
    },
  },
  migrate: { expand: { "db-sync": ["heat-manage", "db_sync"] } },
  crons: {
    // Engines are known by the names of their pods, and stay in the table when those are gone.
    "service-clean": { at: "*/30 * * * *", run: ["heat-manage", "service", "clean"] },
    "purge-deleted": { at: "50 1 * * *", run: ["heat-manage", "purge_deleted", "30"] },
  },
  imageFiles: { "paste_deploy.api_paste_config": "api-paste.ini" },
  conf: (ctx) => ({
    DEFAULT: {
      heat_waitcondition_server_url: `${ctx.url("cloudformation", "public")}/waitcondition`,
      max_stacks_per_tenant: ctx.options.maxStacksPerProject,
      region_name_for_services: ctx.region,
      server_keystone_endpoint_type: "public",
    },
    clients: { endpoint_type: "internalURL", ...caOption(ctx, "ca_file") },
    // Where what runs inside a stack sends its signals: it does not reach the cluster's own names.
    clients_heat: { endpoint_type: "publicURL" },
    clients_keystone: { auth_uri: ctx.identity!.url },
    // Heat appends /v3/ec2tokens to it, also where the catalogue's URL ends in /v3
    // (https://opendev.org/openstack/heat/src/branch/master/heat/api/aws/ec2token.py).
    ec2authtoken: { endpoint_override: withoutVersion(ctx.identity!.url) },
  }),
});
