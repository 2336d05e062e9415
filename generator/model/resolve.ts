import { didYouMean } from "../base/did-you-mean.ts";
import type { Catalogue, Component, Part } from "../contract/component.ts";
import type { Connection, Identity, Kind, Need } from "../contract/connection.ts";
import { mainRole } from "../contract/replicas.ts";
import { type ClusterSpec, defaultInstance, type InstanceSpec, internalTls } from "../input/spec.ts";
import type { Issue } from "../issues/issue.ts";
import { accountsOf } from "./accounts.ts";
import { connectionBudget } from "./connection-budget.ts";
import { type Instance, type Model, replicasOf } from "./model.ts";
import { namespaceOf } from "./namespaces.ts";
import { order } from "./order.ts";

/** An instance on its way to being resolved. */
interface Draft {
  readonly component: Component;
  readonly spec: InstanceSpec;
  readonly origin: string;
}
type Report = (
  path: readonly (string | number)[],
  code: string,
  message: string,
  hint: string,
  severity?: Issue["severity"],
) => void;

/**
 * Decides what runs: adds what is needed and not written, connections everything, and puts it in order. With errors among the
 * issues the model is good for explanations only.
 */
export function resolve(spec: ClusterSpec, catalogue: Catalogue): { model: Model; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const report: Report = (path, code, message, hint, severity = "error") =>
    issues.push({ code, severity, message, hint, file: spec.file, path });
  const drafts = complete(spec, catalogue, report);
  const resolved = [...drafts.keys()].map((name) => connect(name, drafts, spec, catalogue));
  const instances = order(resolved, (cycle) =>
    report(
      ["services", cycle[0]!],
      "dependency-cycle",
      `these instances wait for each other: ${[...cycle, cycle[0]].join(" -> ")}`,
      "Let one of them use another instance: uses.",
    ),
  );
  for (const instance of instances) checkInstance(instance, spec, report);
  const withClients = instances.map((instance) => ({
    ...instance,
    clients: clientsOf(instance.name, instances),
    connectionLimit: connectionBudget(instance, instances, spec.profile).total,
  }));
  const model: Model = {
    spec,
    instances: withClients,
    namespaces: [...new Set(withClients.map(({ namespace }) => namespace))].sort().map((name) => ({
      name,
      instances: withClients.filter(({ namespace }) => namespace === name).map((instance) => instance.name),
    })),
    operators: [...new Set(withClients.flatMap(({ component }) => component.operators ?? []))],
  };
  return { model, issues };
}

/** Adds the instances that are needed and not written, until nothing is missing. */
function complete(spec: ClusterSpec, catalogue: Catalogue, report: Report): Map<string, Draft> {
  const drafts = new Map<string, Draft>();
  const add = (name: string, component: Component, origin: string, part?: Partial<Part>): void => {
    if (drafts.has(name)) return;
    const written = spec.instances.find((instance) => instance.name === name);
    const draft = {
      component,
      spec: written ?? defaultInstance(component, name, part?.options, part?.dedicated),
      origin: written === undefined ? origin : "written in cluster.yaml",
    };
    drafts.set(name, draft);
    visit(name, draft);
  };
  const visit = (name: string, { component, spec: settings }: Draft): void => {
    const needs = needsOf(component, settings);
    for (const [index, kind] of (settings.service.dedicated ?? []).entries())
      if (!needs.some((need) => need.kind === kind))
        report(
          [...settings.path, "dedicated", index],
          "dedicated-without-need",
          `${name} does not use ${article(kind)}`,
          kind === "messaging" && "notifications" in component.options.shape
            ? "Write notifications: true to send them to the broker, or remove messaging here."
            : `Remove ${kind} here: ${component.name} can have its own ${[...new Set(needs.map((need) => need.kind))].sort().join(" and ") || "nothing"}.`,
        );
    for (const need of needs) {
      const provider = providerOf(need.kind, name, settings, catalogue);
      if (provider === undefined) continue;
      const target = spec.instances.find((instance) => instance.name === provider.name);
      if (provider.named && target?.component !== provider.component.name) {
        const candidates = spec.instances
          .filter((instance) => instance.component === provider.component.name)
          .map((instance) => instance.name);
        const near = didYouMean(provider.name, candidates);
        report(
          [...settings.path, "uses", need.kind],
          "unknown-provider",
          `${name} uses "${provider.name}", which is no ${provider.component.name} instance of this cluster`,
          `${near === undefined ? "" : `Did you mean "${near}"? `}Write the instance below infrastructure, with a name that begins with ${provider.component.name}.`,
        );
        continue;
      }
      add(provider.name, provider.component, `needed by ${name}`, { options: inherited(provider.component, spec) });
    }
    for (const type of component.requires ?? []) {
      const provider = endpointOwner(type, catalogue);
      const named = type === "identity" ? settings.service.uses?.identity : undefined;
      const target = spec.instances.find((instance) => instance.name === named);
      if (named !== undefined && target?.component !== provider.name)
        report(
          [...settings.path, "uses", "identity"],
          "unknown-provider",
          `${name} uses "${named}", which is no ${provider.name} instance of this cluster`,
          `Write the instance below services, with a name that begins with ${provider.name}.`,
        );
      else add(named ?? provider.name, provider, `needed by ${name}`);
    }
    for (const part of component.parts?.(settings.options) ?? [])
      add(`${part.component}-${part.name}`, catalogue.get(part.component)!, `part of ${name}`, part);
  };
  for (const instance of spec.instances)
    add(instance.name, catalogue.get(instance.component)!, "written in cluster.yaml");
  const published = [...drafts.values()].some(({ component }) => component.endpoints !== undefined);
  const gateway = [...catalogue.values()].find(({ publishes }) => publishes);
  if (spec.access.mode === "gateway" && published && gateway !== undefined) add(gateway.name, gateway, "public access");
  return drafts;
}

/** What the operator said once, of the default instance, and means for dedicated ones too: where backups go. */
function inherited(component: Component, spec: ClusterSpec): Record<string, unknown> {
  const shared = spec.instances.find(({ name }) => name === component.name)?.options as Record<string, unknown>;
  return Object.fromEntries(
    (component.inherits ?? []).filter((key) => shared?.[key] !== undefined).map((key) => [key, shared[key]]),
  );
}

const article = (kind: Kind): string =>
  ({ database: "a database", messaging: "a message broker", cache: "a cache" })[kind];

const needsOf = (component: Component, settings: InstanceSpec): readonly Need[] =>
  component.needs?.(settings.options) ?? [];

/** Which instance provides a need; undefined when it lies outside the cluster's description. */
function providerOf(
  kind: Kind,
  name: string,
  settings: InstanceSpec,
  catalogue: Catalogue,
): { name: string; component: Component; named: boolean } | undefined {
  const component = [...catalogue.values()].find(({ provides }) => provides === kind);
  if (component === undefined) throw new Error(`no component of the catalogue provides ${kind}`);
  const used = settings.service.uses?.[kind];
  if (typeof used === "object") return undefined;
  if (used !== undefined) return { name: used, component, named: true };
  const dedicated = settings.service.dedicated?.includes(kind) ?? false;
  return { name: dedicated ? `${component.name}-${name}` : component.name, component, named: false };
}

function endpointOwner(type: string, catalogue: Catalogue): Component {
  const owner = [...catalogue.values()].find(({ endpoints }) =>
    Object.values(endpoints ?? {}).some((endpoint) => endpoint.type === type),
  );
  if (owner === undefined) throw new Error(`no component of the catalogue has an endpoint of type ${type}`);
  return owner;
}

function connect(name: string, drafts: ReadonlyMap<string, Draft>, spec: ClusterSpec, catalogue: Catalogue): Instance {
  const { component, spec: settings, origin } = drafts.get(name)!;
  const suffix = name.slice(component.name.length);
  const namespace = namespaceOf(spec, component, name, settings.common.namespace);
  const connections = needsOf(component, settings).flatMap(
    (need) => connection(need, name, suffix, settings, drafts, spec, catalogue) ?? [],
  );
  const identityOwner = (component.requires ?? []).includes("identity")
    ? (settings.service.uses?.identity ?? endpointOwner("identity", catalogue).name)
    : undefined;
  return {
    name,
    component,
    suffix,
    namespace,
    spec: settings,
    connections,
    origin,
    identity:
      identityOwner !== undefined
        ? identityAt(identityOwner, drafts, spec)
        : Object.values(component.endpoints ?? {}).some(({ type }) => type === "identity")
          ? identityAt(name, drafts, spec)
          : undefined,
    after: [
      ...new Set([
        ...connections.flatMap((item) => item.instance ?? []),
        ...(component.requires ?? []).map((type) =>
          type === "identity" ? identityOwner! : endpointOwner(type, catalogue).name,
        ),
      ]),
    ].sort(),
    clients: [],
    connectionLimit: 0,
  };
}

function connection(
  need: Need,
  name: string,
  suffix: string,
  settings: InstanceSpec,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
  catalogue: Catalogue,
): Connection | undefined {
  const own = `${need.name}${suffix}`.replaceAll("-", "_");
  const users = (user: string) => accountsOf(settings, need.kind, user, `${name}-${need.kind}`);
  const provider = providerOf(need.kind, name, settings, catalogue);
  if (provider === undefined) {
    const external = settings.service.uses![need.kind] as {
      host?: string;
      hosts?: readonly string[];
      port: number;
      name?: string;
      vhost?: string;
    };
    const members = external.hosts ?? [external.host!];
    const there = external.name ?? external.vhost ?? own;
    return {
      need,
      ...users(there),
      instance: undefined,
      namespace: "",
      host: members[0]!,
      members,
      port: external.port,
      tls: false,
      name: there,
    };
  }
  const draft = drafts.get(provider.name);
  // A wrong name has been reported; what it names may be a service.
  if (draft?.component.provided === undefined) return undefined;
  const namespace = namespaceOf(spec, draft.component, provider.name, draft.spec.common.namespace);
  const provided = draft.component.provided({
    instance: provider.name,
    namespace,
    dns: spec.kubernetes.dnsDomain,
    profile: spec.profile,
    internalTls: internalTls(spec),
    replicas: replicasOf(draft.component, draft.spec, spec.profile, mainRole(draft.component)),
    options: draft.spec.options,
  });
  return { need, name: own, ...users(own), instance: provider.name, namespace, ...provided };
}

function identityAt(name: string, drafts: ReadonlyMap<string, Draft>, spec: ClusterSpec): Identity | undefined {
  const draft = drafts.get(name);
  const endpoints = Object.values(draft?.component.endpoints ?? {});
  // A wrong name has been reported; what it names may be a database.
  if (draft === undefined || !endpoints.some(({ type }) => type === "identity")) return undefined;
  const namespace = namespaceOf(spec, draft.component, name, draft.spec.common.namespace);
  return {
    instance: name,
    namespace,
    url: internalUrl(draft.component, name, namespace, spec, "identity"),
  };
}

/** In-cluster URL of an endpoint. */
export function internalUrl(
  component: Component,
  name: string,
  namespace: string,
  spec: ClusterSpec,
  type: string,
): string {
  const endpoint = Object.values(component.endpoints ?? {}).find((item) => item.type === type)!;
  const suffix = name.slice(component.name.length);
  const scheme = internalTls(spec) === "required" ? "https" : "http";
  return `${scheme}://${component.name}-${endpoint.role}${suffix}.${namespace}.svc.${spec.kubernetes.dnsDomain}:${endpoint.port}${endpoint.path ?? ""}`;
}

const clientsOf = (name: string, instances: readonly Instance[]): string[] =>
  [
    ...new Set(
      instances
        .filter(({ connections }) => connections.some((item) => item.instance === name))
        .map(({ namespace }) => namespace),
    ),
  ].sort();

/** Replica counts that the software or the profile does not bear, and the component's own refusals. */
function checkInstance(instance: Instance, spec: ClusterSpec, report: Report): void {
  const { component, name, spec: settings } = instance;
  const count = (role: string) =>
    settings.common.autoscaling?.[role]?.minReplicas ?? replicasOf(component, settings, spec.profile, role);
  for (const [role, { scaling }] of Object.entries(component.roles)) {
    const path = [...settings.path, ...whereCounted(settings, role)];
    const replicas = count(role);
    if (scaling === "one" && replicas > 1)
      report(path, "not-scalable", `${name}: ${role} runs once, ${replicas} were asked for`, "Remove replicas.");
    if (scaling === "odd" && spec.profile === "production" && replicas > 0 && replicas < 3)
      report(
        path,
        "quorum-too-small",
        `${name}: ${replicas} ${replicas === 1 ? "member does" : "members do"} not survive the loss of a host`,
        "Write 3 or 5, or use profile: development.",
      );
    else if (scaling === "odd" && replicas > 0 && replicas % 2 === 0)
      report(
        path,
        "even-quorum",
        `${name}: ${replicas} members survive no more failures than ${replicas - 1} do, and a split into halves stops them all`,
        `Write ${[replicas - 1, replicas + 1].filter((odd) => odd > 1).join(" or ")}.`,
      );
    if (scaling === "free" && spec.profile === "production" && replicas === 1)
      report(
        path,
        "single-replica",
        `${name}: the only replica of ${role} is gone whenever its host is`,
        "Write 2 or more.",
        "warning",
      );
    if (scaling !== "one" && replicas === 0)
      report(
        path,
        "no-replica",
        `${name}: 0 replicas of ${role} serve nobody`,
        "Write 1 or more; to take an instance away, remove it from cluster.yaml.",
      );
    if (spec.zones !== undefined && scaling === "odd" && spec.profile === "production" && spec.zones.length === 2)
      report(
        ["zones"],
        "two-zones",
        `${name}: with two zones one of them holds the majority of every quorum; losing it stops ${name}`,
        "Spread over three zones, or accept it.",
        "warning",
      );
  }
  const written = spec.instances.includes(settings);
  for (const refusal of component.check?.({
    instance: name,
    profile: spec.profile,
    options: settings.options,
    replicas: (role) => settings.common.autoscaling?.[role]?.maxReplicas ?? count(role),
    sharedStorageClass: spec.kubernetes.sharedStorageClass,
  }) ?? [])
    report(
      [...settings.path, ...refusal.path],
      refusal.code,
      refusal.message,
      `${refusal.hint}${written ? "" : ` (${name} is ${instance.origin}: to set it, write ${name} below ${component.group}.)`}`,
      refusal.severity,
    );
}

/** Where the file says how many replicas of a role there are. */
function whereCounted({ common }: InstanceSpec, role: string): readonly string[] {
  if (common.autoscaling?.[role] !== undefined) return ["autoscaling", role, "minReplicas"];
  return typeof common.replicas === "object" ? ["replicas", role] : ["replicas"];
}
