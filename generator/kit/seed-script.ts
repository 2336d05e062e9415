import type { Seed } from "./register.ts";

/**
 * Script that brings the Identity service in line with $SEED (JSON). Runs in the OpenStack client image, needs openstacksdk only.
 * Idempotent, and safe while a second copy runs: a conflict means that somebody else was faster. A password is set only
 * when login with it fails, because setting it revokes the user's tokens.
 *
 * The Jobs of all services carry it. What only some seeds use is put in for those alone, so that a change of it runs no other
 * service's Job again.
 */
export const seedScript = ({
  users = [],
  region,
  groups = [],
  identityProviders = [],
  isAdministratorExempt = false,
}: Seed): string =>
  script(
    region === undefined ? "" : ownRegion,
    users.some(({ grants }) => grants.some((grant) => "domain" in grant)) ? grantOnDomain : "",
    { programs: users.some(({ program }) => program) ? passwordRules : "", isAdministratorExempt },
    users.some(({ revoked = [] }) => revoked.length > 0) ? takeAway : "",
    `${groups.length > 0 ? groupsInLine : ""}${identityProviders.length > 0 ? providersInLine : ""}`,
  );

const grantOnDomain = `        if "domain" in grant:
            role = identity.find_role(grant["role"], ignore_missing=False)
            identity.assign_domain_role_to_user(domain(grant["domain"]), user, role)
            continue
`;

/**
 * Rules of [security_compliance] are for people: https://docs.openstack.org/keystone/latest/admin/resource-options.html
 * Of the administrator, whom Jobs log in as, the password must not expire; lockout holds unless the seed says otherwise.
 */
const passwordRules = `    if item.get("program"):
        exempt(user.id, "ignore_change_password_upon_first_use", "ignore_password_expiry",
               "ignore_lockout_failure_attempts", "ignore_user_inactivity")
`;
const exemption = `def exempt(user, *rules):
    url = "/users/" + user
    known = identity.get(url).json()["user"].get("options", {})
    if not all(known.get(rule) for rule in rules):
        exceptions.raise_from_response(
            identity.patch(url, json={"user": {"options": {rule: True for rule in rules}}}))

`;
const ofAdministrator = `exempt(cloud.current_user_id, "ignore_change_password_upon_first_use", "ignore_password_expiry", "ignore_user_inactivity")

`;
const neverLocked = `exempt(cloud.current_user_id, "ignore_lockout_failure_attempts")

`;

/** Keystone forgets the tokens of a user who has lost a role; clients log in again by themselves. */
const takeAway = `    for grant in item.get("revoked", []):
        project = identity.find_project(grant["project"], domain_id=domain(grant["projectDomain"]).id, ignore_missing=False)
        role = identity.find_role(grant["role"])
        if role is not None and identity.validate_user_has_project_role(project, user, role):
            identity.unassign_project_role_from_user(project, user, role)
`;

interface Rules {
  readonly programs: string;
  readonly isAdministratorExempt: boolean;
}
const exemptions = ({ programs, isAdministratorExempt }: Rules): string =>
  [
    programs === "" && !isAdministratorExempt ? "" : exemption,
    programs === "" ? "" : ofAdministrator,
    isAdministratorExempt ? neverLocked : "",
  ].join("");

/**
 * A region of an Identity service that others share. Its endpoints there have one URL from everywhere, so who finds two is in the
 * region of the cluster that runs it; and a region says whose it is. Nothing is changed before that is known. Programs look for the
 * Identity service in their own region. Several Jobs may make its endpoint at once: they keep the first by its ID.
 */
const ownRegion = `shared = seed["region"]
mark = "Overstack cluster " + shared["cluster"]
provider = next(s for s in identity.services(type="identity"))

def known_at(interface):
    found = identity.endpoints(service_id=provider.id, interface=interface, region_id=shared["name"])
    return sorted(found, key=lambda endpoint: endpoint.id)

region = ensure(lambda: identity.find_region(shared["name"]),
                lambda: identity.create_region(id=shared["name"], description=mark))
other = region.description or ""
if other.startswith("Overstack cluster ") and other != mark:
    raise SystemExit(f"the region {region.id} is that of another: {other}. Write another region into cluster.yaml; "
        "if it is this cluster's under its former name, correct the description of the region")
if len({endpoint.url for view in ("internal", "public") for endpoint in known_at(view)}) > 1:
    raise SystemExit(f"the region {region.id} is that of the cluster which runs the Identity service: "
        "write another region into cluster.yaml")
if other != mark:
    identity.update_region(region, description=mark)
for view in ("internal", "public"):
    if not known_at(view):
        identity.create_endpoint(service_id=provider.id, interface=view, region_id=region.id, url=shared["identity"])
    first, *others = known_at(view)
    for endpoint in others:
        identity.delete_endpoint(endpoint, ignore_missing=True)
    if first.url != shared["identity"]:
        identity.update_endpoint(first, url=shared["identity"])

`;

const groupsInLine = `for item in seed["groups"]:
    home = domain(item["domain"]).id
    group = ensure(lambda: identity.find_group(item["name"], domain_id=home),
                   lambda: identity.create_group(name=item["name"], domain_id=home))
    for grant in item["grants"]:
        project = identity.find_project(grant["project"], domain_id=domain(grant["projectDomain"]).id, ignore_missing=False)
        identity.assign_project_role_to_group(project, group, identity.find_role(grant["role"], ignore_missing=False))

`;

/**
 * By the API itself, which has three kinds of things for it: https://docs.openstack.org/api-ref/identity/v3-ext/#os-federation-api
 * A provider never leaves its domain: Keystone refuses that, and its people would be others.
 */
const providersInLine = `def in_line(url, kind, wanted, fixed={}):
    answer = identity.get(url)
    if answer.status_code == 404:
        answer = identity.put(url, json={kind: {**wanted, **fixed}})
        if answer.status_code == 409:
            answer = identity.get(url)
    exceptions.raise_from_response(answer)
    known = answer.json()[kind]
    for key, value in fixed.items():
        if known.get(key) != value:
            raise SystemExit("%s of %s is %s and cannot become %s" % (key, url, known.get(key), value))
    if any(known.get(key) != value for key, value in wanted.items()):
        exceptions.raise_from_response(identity.patch(url, json={kind: wanted}))

for item in seed["identityProviders"]:
    provider = "/OS-FEDERATION/identity_providers/" + item["name"]
    in_line(provider, "identity_provider", {"enabled": True, "remote_ids": item["remoteIds"]},
            {"domain_id": domain(item["domain"]).id})
    in_line("/OS-FEDERATION/mappings/" + item["name"], "mapping", {"rules": item["rules"]})
    in_line(provider + "/protocols/" + item["protocol"], "protocol", {"mapping_id": item["name"]})

`;

const script = (
  place: string,
  grants: string,
  rules: Rules,
  revoked: string,
  more: string,
): string => `import json, os, keystoneauth1.exceptions
import openstack
from openstack import exceptions

seed = json.loads(os.environ["SEED"])
cloud = openstack.connect()
identity = cloud.identity

def ensure(find, create):
    found = find()
    if found is None:
        try:
            return create()
        except exceptions.ConflictException:
            found = find()
    return found

def domain(name):
    return identity.find_domain(name, ignore_missing=False)

${place}${exemptions(rules)}for item in seed.get("domains", []):
    ensure(lambda: identity.find_domain(item["name"]), lambda: identity.create_domain(**item))

for item in seed.get("projects", []):
    home = domain(item["domain"]).id
    fields = {key: value for key, value in item.items() if key != "domain"}
    ensure(lambda: identity.find_project(item["name"], domain_id=home),
           lambda: identity.create_project(domain_id=home, **fields))

for name in seed.get("roles", []):
    ensure(lambda: identity.find_role(name), lambda: identity.create_role(name=name))

for item in seed.get("users", []):
    home = domain(item["domain"]).id
    password = os.environ[item["passwordVariable"]]
    user = ensure(lambda: identity.find_user(item["name"], domain_id=home),
                  lambda: identity.create_user(name=item["name"], domain_id=home, password=password))
    for grant in item["grants"]:
${grants}        project = identity.find_project(grant["project"], domain_id=domain(grant["projectDomain"]).id, ignore_missing=False)
        identity.assign_project_role_to_user(project, user, identity.find_role(grant["role"], ignore_missing=False))
${revoked}${rules.programs}    try:
        # Without load_envvars=False the administrator's project would be asked for, too.
        openstack.connect(load_envvars=False, load_yaml_config=False, auth_type="password",
            cacert=os.environ.get("OS_CACERT"), auth=dict(
            auth_url=os.environ["OS_AUTH_URL"], user_id=user.id, password=password)).session.get_token()
    # Whatever else goes wrong says nothing about the password: the Job tries again.
    except keystoneauth1.exceptions.Unauthorized:
        identity.update_user(user, password=password)

${more}for item in seed.get("absentUsers", []):
    user = identity.find_user(item["name"], domain_id=domain(item["domain"]).id)
    if user is not None:
        identity.delete_user(user, ignore_missing=True)

for item in seed.get("services", []):
    services = [s for s in identity.services(type=item["type"]) if s.name == item["name"]]
    service = services[0] if services else identity.create_service(
        name=item["name"], type=item["type"], description=item["description"])
    ensure(lambda: identity.find_region(item["region"]), lambda: identity.create_region(id=item["region"]))
    for interface, url in item["endpoints"].items():
        known = list(identity.endpoints(service_id=service.id, interface=interface, region_id=item["region"]))
        if not known:
            identity.create_endpoint(service_id=service.id, interface=interface, region_id=item["region"], url=url)
        elif known[0].url != url:
            identity.update_endpoint(known[0], url=url)

print("identity is in line with the seed")
`;
