import { z } from "zod";
import { serverOf } from "../../contract/destination.ts";
import { integer } from "../../contract/formats.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { openstack } from "../../kit/openstack.ts";
import { fromSecret } from "../../kit/pod.ts";
import { checkDomainFiles, makeDomains } from "./domains.ts";
import { apache, apacheFiles, port } from "./federation/apache.ts";
import { checkFederation } from "./federation/check.ts";
import { federationData, federationDetails, federationOptions, federationSecrets } from "./federation/index.ts";
import { federationSchema, providersOf } from "./federation/options.ts";
import { keyVolumes, maxActiveKeys, rotateFernetKeys, setUpFernetKeys } from "./keys.ts";
import { lockoutOptions, lockoutSchema } from "./lockout.ts";
import { administratorSecret, checkSeeds, seededUsers, seedSchema, seedSecrets, seeds } from "./seeds.ts";

/** Identity service: every other service asks it who is calling. Its tokens outlive any pod, its keys must not be lost. */
export default openstack({
  name: "keystone",
  summary: "Identity service: users, projects, tokens and the catalogue of endpoints.",
  options: {
    notifications: z
      .boolean()
      .default(false)
      .describe("Send notifications to the message broker. Without a consumer their queue grows without end."),
    tokens: z
      .strictObject({
        expiration: integer(60, 604800).default(3600).describe("Life time of a token, seconds."),
        allowExpiredWindow: integer(0, 604800)
          .default(172800)
          .describe("How long services may go on with an expired token, seconds."),
        rotation: z
          .enum(["daily", "weekly"])
          .default("weekly")
          .describe("How often the Fernet keys rotate; the number of keys follows from it."),
      })
      .prefault({})
      .describe("Fernet tokens."),
    lockout: lockoutSchema,
    seed: seedSchema,
    federation: federationSchema,
  },
  check: (input) => [
    ...checkSeeds(input.instance, input.options.seed),
    ...checkDomainFiles(input.options.seed, input.files),
    ...checkFederation(input),
  ],
  makesUsers: (options) => seededUsers(options),
  ownImages: { federation: "Apache 2.4 and its module mod_auth_openidc, as Debian and Ubuntu have them" },
  details: federationDetails,
  data: ({ options }) => federationData(options),
  outside: (options) => providersOf(options).map(([, { issuer }]) => serverOf(issuer)),
  roles: {
    api: {
      wsgi: "keystone.wsgi.api:application",
      endpoint: { type: "identity", port, path: "/v3", description: "Identity", passwords: true },
      publicUrl: "DEFAULT.public_endpoint",
      // Password hashing is CPU-bound: reserve it, but do not throttle it.
      cpu: { production: "1", development: "100m" },
      pod: (ctx) => keyVolumes(ctx),
      front: apache,
    },
  },
  directories: ["domains"],
  dials: {
    "fernet_tokens.max_active_keys": "tokens",
    "token.allow_expired_window": "tokens.allowExpiredWindow",
    "token.expiration": "tokens.expiration",
  },
  needs: ({ notifications }) => ["database", "cache", ...(notifications ? (["notifications"] as const) : [])],
  migrate: { contract: { "db-sync": ["keystone-manage", "db_sync", "--contract"] } },
  jobs: {
    "db-expand": {
      phase: "expand",
      // bootstrap loads the token provider, which refuses an empty key repository: the pod waits for the Secret.
      pod: (ctx) => keyVolumes(ctx, ["fernet-keys"]),
      steps: {
        "db-sync": ["keystone-manage", "db_sync", "--expand"],
        domains: makeDomains,
        bootstrap: {
          run: ["keystone-manage", "bootstrap"],
          environment: (ctx) => [
            fromSecret("OS_BOOTSTRAP_PASSWORD", administratorSecret(ctx.instance), "password"),
            { name: "OS_BOOTSTRAP_INTERNAL_URL", value: ctx.url("identity", "internal") },
            { name: "OS_BOOTSTRAP_PUBLIC_URL", value: ctx.url("identity", "public") },
            { name: "OS_BOOTSTRAP_REGION_ID", value: ctx.region },
            { name: "OS_BOOTSTRAP_SERVICE_NAME", value: "keystone" },
          ],
        },
      },
    },
    "fernet-setup": setUpFernetKeys,
    seed: { phase: "contract" },
  },
  crons: {
    "trust-flush": {
      at: "30 3 * * *",
      run: ["keystone-manage", "trust_flush"],
      pod: (ctx) => keyVolumes(ctx, ["fernet-keys"]),
    },
    "fernet-rotate": rotateFernetKeys,
  },
  secrets: (ctx): RequiredSecret[] => [
    {
      name: administratorSecret(ctx.instance),
      keys: { password: "password" },
      purpose: "password of the administrator of the cloud",
    },
    {
      name: `${ctx.instance}-credential-keys`,
      keys: { "0": "credential-key", "1": "credential-key" },
      purpose: "keys that encrypt stored credentials; lost keys are lost credentials",
      living: true,
    },
    {
      name: `${ctx.instance}-fernet-keys`,
      keys: { "0": "fernet-keys" },
      purpose: "keys that sign tokens",
      origin: "cluster",
    },
    ...seedSecrets(ctx),
    ...federationSecrets(ctx),
  ],
  files: apacheFiles,
  conf: (ctx) => ({
    ...federationOptions(ctx),
    credential: { key_repository: "/etc/keystone/credential-keys" },
    fernet_tokens: {
      key_repository: "/etc/keystone/fernet-keys",
      max_active_keys: maxActiveKeys(ctx.options.tokens),
    },
    identity: {
      domain_config_dir: "/etc/keystone/domains",
      domain_specific_drivers_enabled: true,
      // bcrypt reads no more, and a longer password would be cut silently: https://github.com/pyca/bcrypt
      max_password_length: 72,
    },
    ...lockoutOptions(ctx.options.lockout),
    token: {
      allow_expired_window: ctx.options.tokens.allowExpiredWindow,
      expiration: ctx.options.tokens.expiration,
      provider: "fernet",
    },
  }),
  manifests: seeds,
});
