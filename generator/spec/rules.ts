import type { Catalogue, Component } from "../model/contract.ts";
import type { ClusterSpec, InstanceSpec } from "./cluster.ts";
import { reservedNames } from "./schema.ts";
import type { Finding, Source } from "./source.ts";
import { duplicates, oneOf, suggestion } from "./words.ts";

type Path = readonly (string | number)[];
type Refuse = (path: Path, code: string, message: string, hint: string, severity?: Finding["severity"]) => void;

/** What a schema cannot say: rules between keys, and words that mean trouble in Kubernetes or oslo.config. */
export function checkCluster(spec: ClusterSpec, _source: Source, catalogue: Catalogue): Finding[] {
  const findings: Finding[] = [];
  const refuse: Refuse = (path, code, message, hint, severity) => findings.push({ path, code, message, hint, ...(severity === undefined ? {} : { severity }) });
  checkHead(spec, catalogue, refuse);
  const seen = new Map<string, Path>();
  for (const instance of spec.instances) {
    if (seen.has(instance.name)) refuse(instance.path, "duplicate-instance", `${instance.name} is written twice`, "Keep one of them.");
    seen.set(instance.name, instance.path);
    checkInstance(instance, catalogue.get(instance.component)!, refuse);
  }
  return findings;
}

function checkHead(spec: ClusterSpec, catalogue: Catalogue, refuse: Refuse): void {
  const directory = spec.file.split("/").at(-2);
  if (directory !== undefined && directory !== spec.name) refuse(["name"], "name-differs", `the cluster calls itself ${spec.name} and lies in the directory ${directory}`, `Write name: ${directory}, or rename the directory.`);
  const reserved = reservedNames[spec.name];
  if (reserved !== undefined) refuse(["name"], "reserved-name", `"${spec.name}" is reserved: ${reserved}`, "Choose another name.");
  if (spec.zones !== undefined) for (const { word, index } of duplicates(spec.zones)) refuse(["zones", index], "duplicate", `the zone ${word} is named twice`, "Remove one of them.");
  if (typeof spec.namespaces === "object")
    for (const [key, namespace] of Object.entries(spec.namespaces)) {
      const known = ["infrastructure", "services", ...catalogue.keys(), ...spec.instances.map(({ name }) => name)];
      const matches = known.includes(key) || [...catalogue.keys()].some((name) => key.startsWith(`${name}-`));
      if (!matches) refuse(["namespaces", key], "unknown-key", `namespaces has no use for "${key}"`, suggestion(key, known, "A group (infrastructure, services), a component or an instance."));
      if (namespace in reservedNames && namespace !== "default" && !["namespaces", "operators", "bases", "overlays", "clusters"].includes(namespace)) refuse(["namespaces", key], "reserved-name", `the namespace "${namespace}" is reserved: ${reservedNames[namespace]}`, "Choose another one.");
    }
  if (spec.delivery.repository !== undefined && /^[a-z]+:\/\/[^/@]*:[^/@]*@/.test(spec.delivery.repository)) refuse(["delivery", "repository"], "credentials-in-url", "the URL of the repository carries a password", "Remove it, and name a Secret: delivery.secret.");
  const { access } = spec;
  if (access.mode === "existing" && access.gateway === undefined) refuse(["access"], "no-gateway", "access.mode is existing, and no Gateway is named", "Name it: access: { mode: existing, gateway: { name: …, namespace: … } }.");
  if (access.mode === "gateway" && access.gateway !== undefined) refuse(["access", "gateway"], "unused-key", "access.gateway names a Gateway, and access.mode makes a new one", "Write mode: existing, or leave gateway out.");
  if (access.mode === "gateway" && spec.profile === "production") {
    if (access.tls === undefined) refuse(["access"], "no-tls", "public names need TLS in production", "Name a cert-manager issuer: access: { tls: { issuer: { name: letsencrypt } } }, or a Secret: tls: { secret: … }.");
    if (access.tls === "none") refuse(["access", "tls"], "no-tls", "plain HTTP would send passwords and tokens in the clear", "Name an issuer or a Secret, or use profile: development.");
  }
  const { users = [], projects = [], domains = [] } = spec.identity;
  for (const [key, items] of Object.entries({ users, projects, domains }) as [string, readonly { name: string; domain?: string }[]][])
    for (const { index, word } of duplicates(items.map(({ name, domain }) => `${domain ?? ""}/${name}`))) refuse(["identity", key, index, "name"], "duplicate", `${word.split("/")[1]} is named twice in identity.${key}`, "Remove one of them.");
}

function checkInstance(instance: InstanceSpec, component: Component, refuse: Refuse): void {
  const { common, service, path, name } = instance;
  const roles = Object.keys(component.roles);
  const crons = Object.keys(component.crons ?? {});
  const only = (key: string, given: readonly string[], allowed: readonly string[], what: string): void => {
    for (const word of given)
      if (!allowed.includes(word)) refuse([...path, key, word], "unknown-key", `${component.name} has no ${what} "${word}"`, suggestion(word, allowed, allowed.length === 0 ? `Leave ${key} out.` : `One of: ${allowed.join(", ")}.`));
  };
  if (typeof common.replicas === "object") only("replicas", Object.keys(common.replicas), roles, "role");
  if (typeof common.replicas === "number" && roles.length > 1) refuse([...path, "replicas"], "which-role", `${component.name} has several roles`, `Say which: replicas: { ${roles[0]}: ${common.replicas} }.`);
  only("resources", Object.keys(common.resources ?? {}), [...roles, ...crons], "role");
  only("autoscaling", Object.keys(common.autoscaling ?? {}), roles.filter((role) => component.roles[role]!.scaling === "free"), "role to scale");
  only("crons", Object.keys(common.crons ?? {}), crons, "cron");
  only("image", Object.keys(common.image ?? {}), Object.keys(component.images), "image");
  for (const [role, { minReplicas, maxReplicas }] of Object.entries(common.autoscaling ?? {})) {
    if (minReplicas > maxReplicas) refuse([...path, "autoscaling", role], "empty-range", `minReplicas ${minReplicas} is more than maxReplicas ${maxReplicas}`, "Swap them.");
    if (typeof common.replicas === "object" && role in common.replicas) refuse([...path, "replicas", role], "two-masters", `${role} has a replica count and autoscaling`, "Keep one of them.");
  }
  for (const [role, { requests, limits }] of Object.entries(common.resources ?? {}))
    for (const resource of Object.keys({ ...requests, ...limits })) if (!["cpu", "memory", "ephemeral-storage"].includes(resource)) refuse([...path, "resources", role], "unknown-resource", `"${resource}" is no resource that a container asks for`, suggestion(resource, ["cpu", "memory", "ephemeral-storage"], "One of: cpu, memory, ephemeral-storage."));
  for (const { word, index } of duplicates(service.dedicated ?? [])) refuse([...path, "dedicated", index], "duplicate", `${word} is named twice`, "Remove one of them.");
  for (const kind of service.dedicated ?? []) if (service.uses?.[kind] !== undefined) refuse([...path, "uses", kind], "two-masters", `${name} has a ${kind} of its own and uses another`, "Keep dedicated or uses.");
  for (const key of [...Object.keys(common.labels ?? {}), ...Object.keys(common.annotations ?? {})]) {
    const at = key in (common.labels ?? {}) ? "labels" : "annotations";
    if (/^(app\.kubernetes\.io|overstack\.io|kustomize\.toolkit\.fluxcd\.io|argocd\.argoproj\.io)\//.test(key)) refuse([...path, at, key], "reserved-label", `${key} is Overstack's to set`, "Use a prefix of your own.");
  }
  checkFiles(instance, component, refuse);
  checkEnvironment(instance, component, refuse);
  for (const [index, { target, ops }] of (common.patches ?? []).entries())
    for (const [opIndex, { path: pointer, op, value }] of ops.entries()) {
      const at = [...path, "patches", index, "ops", opIndex];
      if (/^\/(metadata\/(name|namespace)$|spec\/selector(\/|$)|kind$|apiVersion$)/.test(pointer)) refuse(at, "protected-field", `a patch of ${target.kind}/${target.name} cannot change ${pointer}`, "Names, namespaces and selectors are what other objects hold on to.");
      if (op !== "remove" && value === undefined) refuse(at, "missing-key", `${op} needs a value`, "Add value:, or use op: remove.");
    }
  const longest = [...roles, ...crons].map((role) => `${component.name}-${role}${name.slice(component.name.length)}`).sort((a, b) => b.length - a.length)[0];
  if (longest !== undefined && longest.length > 52) refuse(path, "name-too-long", `${longest} has ${longest.length} characters; names of CronJobs end at 52`, "Choose a shorter name for the instance.");
}

/** Options that carry secrets or that the generator composes: they come by environment, from Secrets. */
const owned = /^(connection|slave_connection|transport_url|password|admin_password|memcache_secret_key|secret_key|s3_store_secret_key|s3_store_access_key)$/;

function checkFiles({ common, path, name }: InstanceSpec, component: Component, refuse: Refuse): void {
  for (const [file, groups] of Object.entries(common.config ?? {}))
    for (const [group, options] of Object.entries(groups))
      for (const [option, value] of Object.entries(options)) {
        const at = [...path, "config", file, group, option];
        if (owned.test(option)) refuse(at, "secret-in-config", `[${group}]${option} would put a secret or a composed value into a file`, "Credentials come from Secrets (environmentFrom); hosts follow from uses: and dedicated:.");
        const text = Array.isArray(value) ? value.join(",") : String(value);
        if (/[\r\n]/.test(text)) refuse(at, "newline", `[${group}]${option} contains a line break`, "An option is one line; a break would begin a new option.");
        if (/\$(?!\$|\{)/.test(text) && file === component.conf) refuse(at, "dollar", `[${group}]${option} contains $, which oslo.config takes for the name of another option`, "Write $$ for the character itself.", "warning");
      }
  for (const file of Object.keys(common.files ?? {})) {
    const at = [...path, "files", file];
    const directory = file.includes("/") ? file.slice(0, file.indexOf("/")) : undefined;
    const allowed = component.directories ?? [];
    if (component.conf === undefined) refuse(at, "no-files", `${component.name} reads no configuration directory`, "Leave files out.");
    else if (directory !== undefined && !allowed.includes(directory)) refuse(at, "unknown-directory", `${name} has no directory "${directory}" for files`, allowed.length === 0 ? `Put it beside ${component.conf}: ${file.slice(file.indexOf("/") + 1)}.` : `One of: ${allowed.join(", ")}.`);
    if (file === component.conf) refuse(at, "generated-file", `${file} is generated`, "Set its options under config:.");
    if (common.config?.[file] !== undefined) refuse(at, "two-masters", `${file} is written by files and by config`, "Keep one of them.");
  }
  if (component.conf === undefined && common.config !== undefined) refuse([...path, "config"], "no-files", `${component.name} reads no ini files`, "Leave config out.");
}

/** oslo.config splits the environment's value of a multi-valued option into letters. */
const multiValued = ["OS_OSLO_MESSAGING_NOTIFICATIONS__DRIVER", "OS_DEFAULT__NOTIFICATION_OPT_OUT", "OS_PCI__DEVICE_SPEC", "OS_PCI__ALIAS", "OS_DEFAULT__ENABLED_APIS"];

function checkEnvironment({ common, path }: InstanceSpec, component: Component, refuse: Refuse): void {
  for (const variable of Object.keys(common.environment ?? {})) {
    const at = [...path, "environment", variable];
    if (multiValued.includes(variable)) refuse(at, "multi-valued", `${variable} sets an option that may be given several times: oslo.config would split the text into letters`, `Set it under config: ${component.conf ?? ""}.`);
    if (/^OS_.*__(.*PASSWORD|.*SECRET_KEY|CONNECTION|TRANSPORT_URL)$/.test(variable)) refuse(at, "secret-in-environment", `${variable} would put a secret into Git`, "Take it from a Secret: environmentFrom.");
    if (variable in (common.environmentFrom ?? {})) refuse(at, "two-masters", `${variable} is set by environment and by environmentFrom`, "Keep one of them.");
  }
  for (const variable of Object.keys(common.environmentFrom ?? {}))
    if (multiValued.includes(variable)) refuse([...path, "environmentFrom", variable], "multi-valued", `${variable} sets an option that may be given several times: oslo.config would split the text into letters`, `Set it under config: ${component.conf ?? ""}.`);
  if (component.conf === undefined) for (const key of ["environment", "environmentFrom", "sidecars", "volumes"] as const) if (common[key] !== undefined) refuse([...path, key], "not-supported", `${component.name} takes no ${key}`, oneOf(["Leave it out", "use patches"]).concat("."));
}
