import { kindOf } from "../connections/index.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Connection, Identity, Need } from "../contract/connection.ts";
import { endpointNamed, isHttp } from "../contract/endpoints.ts";
import { mainRole } from "../contract/replicas.ts";
import { type ClusterSpec, type InstanceSpec, internalTls } from "../input/spec.ts";
import { accountsOf } from "./accounts.ts";
import type { Draft } from "./draft.ts";
import { type Instance, replicasOf } from "./model.ts";
import { namespaceOf } from "./namespaces.ts";
import { endpointOwner, needsOf, providerOf } from "./providers.ts";

/** Finds who provides each need of an instance, and where. */
export function connect(
  name: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
  catalogue: Catalogue,
): Instance {
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
        : endpointNamed(component, "identity") !== undefined
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
    const { members, port, name: there = own } = kindOf(need.kind).reach(settings.service.uses![need.kind]);
    return {
      need,
      ...users(there),
      instance: undefined,
      namespace: "",
      host: members[0]!,
      members,
      port,
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
  // A wrong name has been reported; what it names may be a database.
  if (draft === undefined || endpointNamed(draft.component, "identity") === undefined) return undefined;
  const namespace = namespaceOf(spec, draft.component, name, draft.spec.common.namespace);
  return {
    instance: name,
    namespace,
    url: internalUrl(draft.component, name, namespace, spec, "identity"),
  };
}

/** In-cluster URL of an endpoint, by its catalogue type or its key. */
export function internalUrl(
  component: Component,
  name: string,
  namespace: string,
  spec: ClusterSpec,
  typeOrKey: string,
): string {
  const [key, endpoint] = endpointNamed(component, typeOrKey)!;
  if (!isHttp(endpoint)) throw new Error(`the endpoint ${key} does not speak HTTP and has no URL`);
  const suffix = name.slice(component.name.length);
  const scheme = internalTls(spec) === "required" ? "https" : "http";
  return `${scheme}://${component.name}-${endpoint.role}${suffix}.${namespace}.svc.${spec.kubernetes.dnsDomain}:${endpoint.port}${endpoint.path ?? ""}`;
}
