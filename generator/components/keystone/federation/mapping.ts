import type { Provider } from "./options.ts";

/** Header with the name of the provider that let somebody in, as Keystone sees it. Apache sets it, whatever the claims are. */
export const providerHeader = "HTTP_OIDC_PROVIDER";

/** What Keystone sees of a claim. */
const header = (claim: string): string => `HTTP_OIDC_${claim.replaceAll("-", "_").toUpperCase()}`;

/**
 * Who somebody is, and which groups they belong to: https://docs.openstack.org/keystone/latest/admin/federation/mapping_combinations.html
 * A person is who the provider says by `sub`, which it never gives to somebody else; names it may.
 */
export const mappingRules = (name: string, provider: Provider): object[] => {
  const everybody = { type: providerHeader, any_one_of: [name] };
  return [
    {
      local: [{ user: { id: "{0}", name: "{1}" } }],
      remote: [{ type: header("sub") }, { type: header(provider.userClaim) }, everybody],
    },
    ...provider.groups.map(({ name: group, domain, when }) => ({
      local: [{ group: { name: group, domain: { name: domain } } }],
      remote: [when === undefined ? everybody : { type: header(when.claim), any_one_of: when.has }],
    })),
  ];
};
