import type { DataConstraint } from "../../../contract/component.ts";
import type { Ini } from "../../../contract/configuration.ts";
import type { Context } from "../../../contract/context.ts";
import type { RequiredSecret } from "../../../contract/secret.ts";
import { imageFiles } from "../../../kit/oslo.ts";
import type { Seed } from "../../../kit/register.ts";
import type { ServiceContext } from "../../../kit/service-header.ts";
import { passphraseSecret } from "./apache.ts";
import { mappingRules, providerHeader } from "./mapping.ts";
import { domainOf, protocol, providersOf, type WithFederation } from "./options.ts";

/** What a dashboard must know to show a button for each provider: `websso` of an Identity service. */
export interface WebSso {
  readonly provider: string;
  readonly protocol: string;
  readonly title: string;
}

/** What others are told. */
export const federationDetails = (options: WithFederation): Readonly<Record<string, unknown>> =>
  options.federation === undefined
    ? {}
    : {
        websso: providersOf(options).map(([provider, { title }]): WebSso => ({ provider, protocol, title })),
      };

/** Options of Keystone: https://docs.openstack.org/keystone/latest/admin/federation/configure_federation.html */
export const federationOptions = (ctx: ServiceContext<WithFederation>): Ini =>
  ctx.options.federation === undefined
    ? {}
    : {
        auth: { methods: ["external", "password", "token", "oauth1", "mapped", "application_credential", protocol] },
        federation: {
          // What is no claim is no word about a person.
          assertion_prefix: "HTTP_OIDC_",
          sso_callback_template: `${imageFiles}/${ctx.project}/sso_callback_template.html`,
          trusted_dashboard: ctx.askers.flatMap((asker) => {
            const { endpoint, path } = (asker.details.websso ?? {}) as { endpoint?: string; path?: string };
            return endpoint === undefined ? [] : [`${ctx.urlOf(asker, endpoint, "public")}${path}`];
          }),
        },
        [protocol]: { remote_id_attribute: providerHeader },
      };

/** Client secrets of the providers, and what sessions are encrypted with. */
export const federationSecrets = (ctx: Context<WithFederation>): RequiredSecret[] =>
  ctx.options.federation === undefined
    ? []
    : [
        {
          name: passphraseSecret(ctx),
          keys: { passphrase: "password" },
          purpose: "what encrypts the logins by OpenID providers while they are under way",
        },
        ...providersOf(ctx.options).map(([name, { secret }]) => ({
          name: secret,
          keys: { "client-secret": "given" as const },
          purpose: `client secret of the OpenID provider ${name}`,
        })),
      ];

/** What Keystone is made to hold. */
export const federationSeed = (options: WithFederation): Pick<Seed, "domains" | "groups" | "identityProviders"> => {
  const providers = providersOf(options);
  if (providers.length === 0) return {};
  return {
    domains: providers.flatMap(([name, { domain }]) => (domain === undefined ? [{ name }] : [])),
    groups: providers.flatMap(([, { groups }]) =>
      groups.map(({ name, domain, project, roles }) => ({
        name,
        domain,
        grants: project === undefined ? [] : roles.map((role) => ({ role, project, projectDomain: domain })),
      })),
    ),
    identityProviders: providers.map(([name, provider]) => ({
      name,
      domain: domainOf(name, provider),
      remoteIds: [name],
      protocol,
      rules: mappingRules(name, provider),
    })),
  };
};

/**
 * Keystone keeps its identity providers when cluster.yaml names them no longer. Without Apache in front of it, it then believes
 * whoever names a person in a header.
 */
export const federationData = (options: WithFederation): DataConstraint[] =>
  options.federation === undefined
    ? []
    : [
        {
          key: "federation",
          value: "openid",
          shown: "openid",
          rule: "keep",
          what: "the login by OpenID providers",
          consequence:
            "Keystone keeps its identity providers, and without Apache in front of it whoever reaches it can say in a header which of their people they are. Before you commit this, delete each: openstack identity provider delete <name>.",
        },
      ];
