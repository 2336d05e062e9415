import type { CheckInput } from "../../../contract/component.ts";
import { error, type Issue } from "../../../issues/issue.ts";
import { domainsMade, type Seeds, unknownDomain } from "../seeds.ts";
import { domainOf, providersOf, type WithFederation } from "./options.ts";

type Input = Pick<CheckInput<WithFederation & { readonly seed: Seeds }>, "instance" | "options" | "images">;

/** Finds what would let nobody in, or the wrong people. */
export function checkFederation({ instance, options, images }: Input): Issue[] {
  if (options.federation === undefined) return [];
  return [
    ...(images.includes("federation")
      ? []
      : [
          error(
            "missing-key",
            `${instance} has federation, and no image with Apache and mod_auth_openidc: nobody publishes one`,
            "Build one, and name it: image: { federation: … }. docs/tasks/company-accounts.md says how.",
            { path: ["federation"], atKey: true },
          ),
        ]),
    ...sameIssuers(options),
    ...groupsOf(options),
  ];
}

/** To the module two providers of one issuer are the same. */
function sameIssuers(options: WithFederation): Issue[] {
  const providers = providersOf(options);
  const plain = (issuer: string) => issuer.replace(/\/+$/, "").toLowerCase();
  return providers.flatMap(([name, { issuer }], index) => {
    const other = providers.slice(0, index).find(([, { issuer: before }]) => plain(before) === plain(issuer));
    return other === undefined
      ? []
      : [
          error(
            "named-twice",
            `${other[0]} and ${name} have the same issuer, ${issuer}`,
            "Keep one of them; its groups can ask for claims: when: { claim: groups, has: […] }.",
            { path: ["federation", "providers", name, "issuer"] },
          ),
        ];
  });
}

function groupsOf(options: WithFederation & { readonly seed: Seeds }): Issue[] {
  const providers = providersOf(options);
  const made = providers.flatMap(([name, { domain }]) => (domain === undefined ? [name] : []));
  const known = [...domainsMade(options.seed), ...made];
  return providers.flatMap(([name, provider]) => {
    const at = ["federation", "providers", name];
    return [
      ...unknownDomain(known, domainOf(name, provider), `people of ${name} lie`, [...at, "domain"]),
      ...provider.groups.flatMap(({ name: group, domain, project, roles }, index) => [
        ...unknownDomain(known, domain, `${group} lies`, [...at, "groups", index, "domain"]),
        ...(project !== undefined || roles.length === 0
          ? []
          : [
              error(
                "roles-without-project",
                `the roles of ${group} are in no project`,
                "Name the project in which the group has these roles.",
                { path: [...at, "groups", index, "roles"] },
              ),
            ]),
      ]),
    ];
  });
}
