import { z } from "zod";
import { byKey } from "../../../base/data.ts";
import { name, secretName } from "../../../contract/formats.ts";

const domain = z.string().min(1).max(64);
const claim = z.string().regex(/^[A-Za-z0-9_-]+$/, "the name of a claim: letters, digits, '_' and '-'");

const group = z.strictObject({
  name: z.string().min(1).max(64).describe("Name of the group."),
  domain: domain.default("Default").describe("Domain that it lies in, and its project."),
  project: z.string().min(1).max(64).optional().describe("Project, in the same domain, that it has its roles in."),
  roles: z.array(z.string().min(1).max(255)).default([]).describe("Roles in the project."),
  when: z
    .strictObject({
      claim: claim.describe("Claim that is looked at: groups."),
      has: z.array(z.string().min(1).max(255)).min(1).describe("Values of which it must have one."),
    })
    .optional()
    .describe("Who belongs to it. Default: everybody whom the provider lets in."),
});

const provider = z.strictObject({
  title: z.string().min(1).max(80).describe("What the login page of the dashboard calls it."),
  issuer: z
    .url({ protocol: /^https$/ })
    .regex(
      /^[^?#"\\\s${}]+$/,
      "a URL that begins with https, as the provider's metadata name it: https://login.example.org/realms/company",
    )
    .describe("Issuer, as the provider's metadata name it; they are at /.well-known/openid-configuration below it."),
  clientId: z.string().min(1).max(255).describe("Name that the provider knows this cloud by."),
  secret: secretName.describe("Secret in Keystone's namespace with key client-secret, which the provider gives."),
  scopes: z
    .array(z.string().regex(/^[A-Za-z0-9_.:/-]+$/, "the name of a scope"))
    .default(["openid", "profile", "email"])
    .describe("What the provider is asked to tell of a person."),
  domain: domain.optional().describe("Domain of its people. Default: one of the provider's name, which is made."),
  userClaim: claim.default("preferred_username").describe("Claim with a person's name."),
  groups: z.array(group).min(1).describe("Groups that its people belong to; made when absent."),
});

/** People who log in with accounts of an OpenID provider. Without it nothing of the API changes. */
export const federationSchema = z
  .strictObject({
    providers: z
      .record(name, provider)
      .refine((providers) => Object.keys(providers).length > 0, "at least one provider")
      .describe("OpenID providers by name."),
  })
  .optional()
  .describe("People log in with the accounts of OpenID providers. Asks for image: { federation: … }.");

export type Federation = NonNullable<z.output<typeof federationSchema>>;
export type Provider = z.output<typeof provider>;
export interface WithFederation {
  readonly federation?: Federation | undefined;
}

/** Protocol of all providers, in the words of Keystone. */
export const protocol = "openid";

/** Providers by name, in that order. */
export const providersOf = ({ federation }: WithFederation): [name: string, provider: Provider][] =>
  Object.entries(federation?.providers ?? {}).sort(byKey);

/** Domain of the people of a provider. */
export const domainOf = (name: string, provider: Provider): string => provider.domain ?? name;
