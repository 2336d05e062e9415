import { z } from "zod";
import { component } from "../../contract/component.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { mergeIni } from "../../kit/ini.ts";
import { connectionsPerProcess, osloDefaults, uwsgi } from "../../kit/oslo.ts";
import { fromSecret } from "../../kit/pod.ts";
import { api, cron, job } from "../../kit/workload.ts";
import { keyVolumes, maxActiveKeys, rotateFernetKeys, setUpFernetKeys } from "./keys.ts";
import { checkSeeds, seedSchema, seedSecrets, seeds } from "./seeds.ts";

const port = 5000;

/** Identity service: every other service asks it who is calling. Its tokens outlive any pod, its keys must not be lost. */
export default component({
  name: "keystone",
  summary: "Identity service: users, projects, tokens and the catalogue of endpoints.",
  group: "services",
  options: z.strictObject({
    notifications: z
      .boolean()
      .default(false)
      .describe("Send notifications to the message broker. Without a consumer their queue grows without end."),
    tokens: z
      .strictObject({
        expiration: z.number().int().min(60).max(604800).default(3600).describe("Life time of a token, seconds."),
        allowExpiredWindow: z
          .number()
          .int()
          .min(0)
          .max(604800)
          .default(172800)
          .describe("How long services may go on with an expired token, seconds."),
        rotation: z
          .enum(["daily", "weekly"])
          .default("weekly")
          .describe("How often the Fernet keys rotate; the number of keys follows from it."),
      })
      .prefault({})
      .describe("Fernet tokens."),
    seed: seedSchema,
  }),
  check: ({ options }) => checkSeeds(options.seed),
  roles: { api: { replicas: 3, scaling: "free", connections: 4 * connectionsPerProcess } },
  development: { roles: { api: { replicas: 1 } } },
  images: {
    keystone: (release) => `quay.io/airshipit/keystone:${release}-ubuntu_noble`,
    client: (release) => `quay.io/airshipit/openstack-client:${release}-ubuntu_noble`,
  },
  project: "keystone",
  conf: "keystone.conf",
  directories: ["domains"],
  needs: ({ notifications }) => [
    { kind: "database", name: "keystone", group: "database" },
    { kind: "cache", name: "keystone", group: "cache" },
    ...(notifications ? [{ kind: "messaging" as const, name: "keystone", group: "oslo_messaging_notifications" }] : []),
  ],
  endpoints: { keystone: { type: "identity", role: "api", port, path: "/v3", description: "Identity" } },
  crons: { "trust-flush": "30 3 * * *" },
  secrets: (ctx): RequiredSecret[] => [
    {
      name: `${ctx.instance}-admin`,
      keys: { password: "password" },
      purpose: "password of the administrator of the cloud",
    },
    {
      name: `${ctx.instance}-credential-keys`,
      keys: { "0": "credential-key", "1": "credential-key" },
      purpose: "keys that encrypt stored credentials; lost keys are lost credentials",
    },
    {
      name: `${ctx.instance}-fernet-keys`,
      keys: { "0": "fernet-keys" },
      purpose: "keys that sign tokens",
      madeInCluster: true,
    },
    ...seedSecrets(ctx),
  ],
  config: (ctx) => ({
    "keystone.conf": mergeIni(osloDefaults(ctx), {
      DEFAULT: { public_endpoint: ctx.url("identity", "public").replace(/\/v3$/, "") },
      credential: { key_repository: "/etc/keystone/credential-keys" },
      fernet_tokens: {
        key_repository: "/etc/keystone/fernet-keys",
        max_active_keys: maxActiveKeys(ctx.options.tokens),
      },
      identity: {
        domain_config_dir: "/etc/keystone/domains",
        domain_specific_drivers_enabled: true,
        // bcrypt reads no more: a longer password would be cut silently.
        max_password_length: 72,
      },
      token: {
        allow_expired_window: ctx.options.tokens.allowExpiredWindow,
        expiration: ctx.options.tokens.expiration,
        provider: "fernet",
      },
    }),
    "uwsgi.ini": uwsgi(ctx, "keystone.wsgi.api:application", port),
  }),
  manifests: (ctx) => [
    ...api(ctx, {
      port,
      probe: "/healthcheck",
      // Password hashing is CPU-bound: reserve it, but do not throttle it.
      resources: {
        requests: { cpu: ctx.profile === "production" ? "1" : "100m", memory: "512Mi" },
        limits: { memory: "1Gi" },
      },
      ...keyVolumes(ctx),
    }),
    job(ctx, "db-expand", {
      phase: "expand",
      // bootstrap loads the token provider, which refuses an empty key repository: the pod waits for the Secret.
      ...keyVolumes(ctx, ["fernet-keys"]),
      steps: [
        { name: "db-sync", command: ["keystone-manage", "db_sync", "--expand"] },
        {
          name: "bootstrap",
          command: ["keystone-manage", "bootstrap"],
          environment: [
            fromSecret("OS_BOOTSTRAP_PASSWORD", `${ctx.instance}-admin`, "password"),
            { name: "OS_BOOTSTRAP_INTERNAL_URL", value: ctx.url("identity", "internal") },
            { name: "OS_BOOTSTRAP_PUBLIC_URL", value: ctx.url("identity", "public") },
            { name: "OS_BOOTSTRAP_REGION_ID", value: ctx.region },
            { name: "OS_BOOTSTRAP_SERVICE_NAME", value: "keystone" },
          ],
        },
      ],
    }),
    job(ctx, "db-contract", {
      phase: "contract",
      steps: [{ name: "db-sync", command: ["keystone-manage", "db_sync", "--contract"] }],
    }),
    cron(ctx, "trust-flush", {
      schedule: "30 3 * * *",
      command: ["keystone-manage", "trust_flush"],
      ...keyVolumes(ctx),
    }),
    ...setUpFernetKeys(ctx),
    ...rotateFernetKeys(ctx),
    ...seeds(ctx),
  ],
});
