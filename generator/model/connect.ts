import { encrypts, type OutsideTls } from "../connections/connection-kind.ts";
import { kindOf } from "../connections/index.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Accounts, Connection, Identity, Need, Provided } from "../contract/connection.ts";
import { endpointNamed, isHttp, publishedEndpoints } from "../contract/endpoints.ts";
import { peerWords } from "../contract/peers.ts";
import { mainRole } from "../contract/replicas.ts";
import { nodeGroupsOf } from "../input/node-groups.ts";
import { type ClusterSpec, internalTls } from "../input/spec.ts";
import { accountsOf, optionsOf } from "./accounts.ts";
import type { Draft } from "./draft.ts";
import { deciderOf, familyOf, homeOf, lineOf, suffixOf, wavesOf } from "./family.ts";
import { type Instance, replicasOf } from "./model.ts";
import { identityElsewhere, identityOf, peersBehind } from "./peers.ts";
import { distinctionOf, providerOf } from "./providers.ts";
import { makersOfClasses } from "./storage-classes.ts";

/** Finds who provides each need of an instance, and where. */
export function connect(
  name: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
  catalogue: Catalogue,
  connected: ReadonlyMap<string, Instance>,
): Instance {
  const { component, spec: settings, needs, origin, owner, nodeGroup } = drafts.get(name)!;
  const connections = needs.flatMap(
    (need) =>
      (need.from === "owner"
        ? lent(need, connected.get(owner!)!, drafts)
        : connection(need, name, drafts, spec, catalogue)) ?? [],
  );
  const line = lineOf(name, drafts);
  const peers = peersOf(name, drafts, catalogue);
  const identity = identityOf(name, drafts, catalogue);
  return {
    name,
    component,
    suffix: suffixOf(name, component),
    namespace: homeOf(name, drafts, spec),
    spec: settings,
    connections,
    origin,
    identity: identity === undefined ? undefined : identityAt(identity, name, drafts, spec),
    peers,
    owner,
    head: line.at(-1)!,
    family: familyOf(component, catalogue)
      .filter(({ perNodeGroup }) => perNodeGroup === undefined)
      .map((member) => member.name)
      .sort(),
    waves: wavesOf(component, catalogue),
    reach: [],
    login: loginIn(line, drafts),
    isSuspended: line.some((candidate) => drafts.get(candidate)!.spec.common.suspend),
    after: firstOf(name, line, connections, peers, drafts, spec),
    clients: [],
    consumers: [],
    connectionLimit: 0,
    nodeGroup: nodeGroupsOf(spec).find((group) => group.name === nodeGroup),
    clientNetworks: [],
    destinations: [],
  };
}

/** The one instance behind each word for another service; a word with none or several has been reported. */
const peersOf = (name: string, drafts: ReadonlyMap<string, Draft>, catalogue: Catalogue): Record<string, string> =>
  Object.fromEntries(
    peerWords(drafts.get(name)!.component).flatMap((word) => {
      const [peer, ...others] = peersBehind(word, name, drafts, catalogue);
      return peer === undefined || others.length > 0 ? [] : [[word, peer]];
    }),
  );

/** Who logs in for an instance: itself, or the nearest of its owners that has a user. `line` begins with the instance. */
function loginIn(line: readonly string[], drafts: ReadonlyMap<string, Draft>): string | undefined {
  const [component] = line.map((candidate) => drafts.get(candidate)!.component);
  if (component!.user === undefined && !component!.requires?.includes("identity")) return undefined;
  return line.find((candidate) => drafts.get(candidate)!.component.user !== undefined);
}

/** Instances that must work before this one begins. `line` begins with it, and goes on with its owners. */
function firstOf(
  name: string,
  line: readonly string[],
  connections: readonly Connection[],
  peers: Readonly<Record<string, string>>,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
): string[] {
  const draft = drafts.get(name)!;
  const { component } = draft;
  // Its routes name listeners of the Gateway.
  const gateways = publishedEndpoints(component).length === 0 ? [] : gatewaysIn(drafts);
  // Who lends a connection has waited for it.
  const providers = connections.flatMap(({ lender, instance }) => (lender === undefined ? (instance ?? []) : []));
  // The order inside a family is its own.
  const owners = line.slice(1);
  const required = (component.requires ?? []).flatMap((word) => peers[word] ?? []);
  const volumes = makersOfClasses(draft, drafts, spec);
  return [
    ...new Set([...gateways, ...providers, ...volumes, ...required.filter((peer) => !owners.includes(peer))]),
  ].sort();
}

const gatewaysIn = (drafts: ReadonlyMap<string, Draft>): string[] =>
  [...drafts].flatMap(([name, { component }]) => (component.publishes ? [name] : []));

/** The connection of its owner, which makes what belongs to it. */
function lent(need: Need, owner: Instance, drafts: ReadonlyMap<string, Draft>): Connection | undefined {
  const isSame = (other: Need) => other.kind === need.kind && other.name === need.name;
  const found = owner.connections.find((candidate) => isSame(candidate.need));
  if (found !== undefined)
    return { ...found, need, lender: found.lender ?? { instance: owner.name, namespace: owner.namespace } };
  // A wrong name has been reported at the owner.
  if (drafts.get(owner.name)!.needs.some(isSame)) return undefined;
  throw new Error(`${owner.name} has no ${need.kind} ${need.name} that a part could use`);
}

function connection(
  need: Need,
  name: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
  catalogue: Catalogue,
): Connection | undefined {
  const { component, spec: settings } = drafts.get(name)!;
  const own = `${need.name}${suffixOf(name, component)}`.replaceAll("-", "_");
  const place = need.from === "provider" ? need.name : own;
  const user =
    need.from === "provider" && need.places === undefined ? `${component.name}_${own}`.replaceAll("-", "_") : own;
  const distinction = distinctionOf(component, need);
  const secret = [name, need.kind, ...(distinction === "" ? [] : [distinction])].join("-");
  const users = (as: string) => ({ distinction, ...accountsOf(settings, need.kind, as, secret) });
  const decider = deciderOf(need.kind, name, drafts);
  const words = drafts.get(decider)!.spec;
  const provider = providerOf(need, decider, words, catalogue);
  if (provider === undefined) {
    const external = words.service.uses![need.kind] as Readonly<Record<string, unknown>>;
    // A name that the owner gives is for its own place, not for those of its parts.
    const there = decider === name ? nameThere(external, need) : undefined;
    const { user: userThere = there ?? user } = kindOf(need.kind).reach(external);
    return { need, name: there ?? place, ...users(userThere), ...outside(need, external) };
  }
  const inside = insideAt(provider.name, drafts, spec);
  if (inside === undefined) return undefined;
  const { mark, ...where } = inside;
  const account = users(user);
  const schema =
    kindOf(need.kind).schema === true && spec.internal.databaseRights === "rows"
      ? { schema: accountsOf(settings, need.kind, `${user}_schema`, `${secret}-schema`) }
      : {};
  return { need, name: place, ...(mark === undefined ? account : copied(account, mark)), ...schema, ...where };
}

/** The copy of a password that all clients share: it has no generations of its own, and bears the mark of the provider's. */
function copied<A extends Accounts>(own: A, mark: string): A {
  const account = { ...own.account, secret: `${own.account.secret}${mark}`, mark };
  return { ...own, account, accounts: [account] };
}

type Where = Pick<
  Connection,
  "instance" | "namespace" | "host" | "members" | "port" | "ports" | "tls" | "authority" | "details"
>;

/** Servers that Overstack does not deploy. */
function outside({ kind }: Need, external: Readonly<Record<string, unknown>>): Where {
  const tls = external.tls as OutsideTls | undefined;
  const { members, port, ports = [port], details } = kindOf(kind).reach(external);
  return {
    ...{ instance: undefined, namespace: "", host: members[0]!, members, port, ports, tls: encrypts(tls) },
    ...(encrypts(tls) ? { authority: tls.ca } : {}),
    ...(details === undefined ? {} : { details }),
  };
}

/** Servers of the cluster's own. */
function insideAt(
  provider: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
): (Where & Pick<Provided, "mark">) | undefined {
  const draft = drafts.get(provider);
  // A wrong name has been reported; what it names may be a service.
  if (draft?.component.provided === undefined) return undefined;
  const namespace = homeOf(provider, drafts, spec);
  const provided = draft.component.provided({
    instance: provider,
    namespace,
    dns: spec.kubernetes.dnsDomain,
    profile: spec.profile,
    internalTls: internalTls(spec),
    replicas: replicasOf(draft.component, draft.spec, spec.profile, mainRole(draft.component)),
    options: draft.spec.options,
    secretOptions: optionsOf(draft.component, provider, draft.spec),
  });
  return { instance: provider, namespace, ports: [provided.port], ...provided };
}

/** How the operator calls a place at a server outside; undefined when nothing is said. */
function nameThere(external: Readonly<Record<string, unknown>>, { kind, name }: Need): string | undefined {
  const { naming } = kindOf(kind);
  if (naming === undefined) return undefined;
  const names = external[naming.each] as Readonly<Record<string, string>> | undefined;
  return names?.[name] ?? (external[naming.one] as string | undefined);
}

/** The Identity service that an instance asks. */
function identityAt(
  identity: string,
  name: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
): Identity | undefined {
  if (identity === identityElsewhere) {
    const { url, user } = spec.identity!;
    return {
      instance: undefined,
      namespace: homeOf(name, drafts, spec),
      url,
      registrar: { user, secret: "identity-admin" },
      // A dot is in no name of an instance.
      ending: `.${spec.region}`,
    };
  }
  const draft = drafts.get(identity);
  // A wrong name has been reported; what it names may be a database.
  if (draft === undefined || endpointNamed(draft.component, "identity") === undefined) return undefined;
  const namespace = homeOf(identity, drafts, spec);
  return {
    instance: identity,
    namespace,
    url: internalUrl(draft.component, identity, namespace, spec, "identity"),
    registrar: { user: "admin", secret: `${identity}-admin` },
    ending: "",
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
