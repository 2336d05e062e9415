import type { Context } from "../../contract/context.ts";
import { type Issue, warning } from "../../issues/issue.ts";
import type { ServiceContext, Step } from "../../kit/service-header.ts";
import { literally, type Seeds } from "./seeds.ts";

/**
 * Makes the domains of $DOMAINS (JSON) that are absent, in the database: it runs before the first API does, and an API that starts
 * later finds the domain of each file in its directory. Keystone looks there once and leaves out a file whose domain is not there:
 * https://docs.openstack.org/keystone/latest/admin/configuration.html#domain-specific-configuration
 */
const script = `import json, os, uuid
import keystone.conf
from keystone import exception
from keystone.common import provider_api, sql
from keystone.server import backends

keystone.conf.configure()
sql.initialize()
keystone.conf.CONF(args=[], project="keystone", default_config_files=[])
backends.load_backends()
resources = provider_api.ProviderAPIs.resource_api
for domain in json.loads(os.environ["DOMAINS"]):
    try:
        resources.get_domain_by_name(domain["name"])
    except exception.DomainNotFound:
        made = uuid.uuid4().hex
        resources.create_domain(made, {"description": "", **domain, "id": made, "enabled": True})
        print("made the domain", domain["name"])
`;

type SeedContext = Pick<Context<{ readonly seed: Seeds }>, "options">;

/** A step of the Job before the API: the seeded domains. */
export const makeDomains: Step<{ readonly seed: Seeds }> = {
  when: ({ options }: SeedContext) => options.seed.domains.length > 0,
  run: ["python3", "-c", script],
  environment: ({ options }: ServiceContext<{ readonly seed: Seeds }>) => [
    { name: "DOMAINS", value: JSON.stringify(literally(options.seed.domains)) },
  ],
};

/** Finds files for domains that nothing makes, and files of the directory that are for no domain: Keystone leaves them out. */
export const checkDomainFiles = ({ domains }: Seeds, files: readonly string[]): Issue[] =>
  files.flatMap((file) => {
    const domain = /^domains\/keystone\.(.+)\.conf$/.exec(file)?.[1];
    if (domain === undefined) return isMeantForDomain(file) ? [unread(file)] : [];
    if (domain === "Default" || domains.some(({ name }) => name === domain)) return [];
    return [
      warning(
        "unknown-domain",
        `${file} is for the domain ${domain}, which seed.domains does not make: Keystone leaves out a file whose domain is not there when it starts`,
        `Add { name: ${domain} } to seed.domains, unless the domain exists already.`,
        { path: ["files", file] },
      ),
    ];
  });

/** Other files of the directory, as certificates, are named by options. */
const isMeantForDomain = (file: string): boolean => /^domains\/(keystone\..*|[^.]+|.*\.(conf|cnf|ini))$/.test(file);

const unread = (file: string): Issue =>
  warning(
    "unread-file",
    `nothing reads ${file}: of this directory Keystone reads keystone.<domain>.conf alone`,
    "Call it domains/keystone.<domain>.conf, with the name of its domain.",
    { path: ["files", file], atKey: true },
  );
