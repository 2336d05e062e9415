import { byName } from "../base/data.ts";
import { digestOf, mirrored, splitImage } from "../base/image.ts";
import type { Component } from "../contract/component.ts";
import { chosen } from "../contract/connection.ts";
import type { ClusterValues, Context, Relative } from "../contract/context.ts";
import type { Peer } from "../contract/peers.ts";
import { internalTls } from "../input/spec.ts";
import { furtherUsersOf, loginOf, optionsOf } from "../model/accounts.ts";
import { kubernetesApi, nameServers } from "../model/destinations.ts";
import { type Instance, type Model, replicasOf } from "../model/model.ts";
import { groupedNamespaces } from "../model/namespaces.ts";
import { installedImage } from "../operators/index.ts";
import { clusterValuesOf } from "./cluster-values.ts";

/** What a component's functions are given: the context, and the values of the cluster. */
export const contextOf = (instance: Instance, model: Model): Context & ClusterValues => ({
  ...programOf(instance, model),
  ...relationsOf(instance, model),
  ...ownAccountsOf(instance, model),
  ...settingsOf(instance, model),
  ...clusterOf(model),
  ...clusterValuesOf(instance, model),
});

/**
 * PreferSameNode is on from Kubernetes 1.34, and an older API server refuses it:
 * https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-distribution
 */
const knowsSameNode = (version: string | undefined): boolean =>
  version !== undefined && Number(version.slice("1.".length)) >= 34;

/** What runs, and the names of what it reads. */
function programOf(instance: Instance, model: Model) {
  const { component, spec: settings, name, suffix, namespace } = instance;
  const { profile } = model.spec;
  return {
    component: component.name,
    instance: name,
    ...{ suffix, namespace, release: settings.release, profile },
    internalTls: internalTls(model.spec),
    ipFamilies: model.spec.kubernetes.ipFamilies,
    prefersSameNode: knowsSameNode(model.spec.kubernetes.version),
    options: settings.options,
    project: component.project ?? component.name,
    uid: component.uid ?? openstackUid,
    configMaps: {
      etc: configMapName(instance, "etc"),
      layers: layeredFilesOf(component).map(({ purpose, folder }) => ({
        ...{ purpose, directory: folder },
        configMap: configMapName(instance, purpose),
      })),
      hosts: configMapName(instance, "wiring"),
      environment: configMapName(instance, "environment"),
      directories: Object.fromEntries(
        (component.directories ?? []).map((directory) => [directory, configMapName(instance, directory)]),
      ),
    },
    image: (image = Object.keys(component.images)[0]!) => imageOf(instance, model, image),
  } satisfies Partial<Context>;
}

/** Other instances: what it is connected to, and what is connected to it. */
function relationsOf(instance: Instance, { instances, spec }: Model) {
  const { name, connections, family, reach, identity, peers, clients, consumers } = instance;
  const { clientNetworks, connectionLimit } = instance;
  const named = (other: string | undefined) => instances.find((item) => item.name === other);
  const owner = named(instance.owner);
  const partsOf = (whole: string) =>
    instances
      .filter((part) => part.owner === whole)
      .sort(byName)
      .map(relative);
  return {
    ...{ connections, family, reach, identity, consumers, clientNetworks, connectionLimit },
    egress:
      spec.internal.networkPolicies === "all"
        ? { destinations: instance.destinations, names: nameServers(spec), kubernetes: kubernetesApi(spec) }
        : undefined,
    connection: (word) => chosen(connections, [word])[0],
    owner: owner === undefined ? undefined : relative(owner),
    parts: partsOf(name),
    siblings: owner === undefined ? [] : partsOf(owner.name).filter((part) => part.instance !== name),
    peer: (word) => {
      const found = named(peers[word] ?? (word === "identity" ? identity?.instance : undefined));
      return found === undefined ? undefined : peerOf(found);
    },
    askers: instances
      .filter(
        (other) => other.name !== name && [...Object.values(other.peers), other.identity?.instance].includes(name),
      )
      .sort(byName)
      .map(peerOf),
    // Until somebody asks, a provider is open to the services' namespace: bases then fit the usual cluster as they are.
    clients: clients.length > 0 ? clients : [groupedNamespaces.services],
  } satisfies Partial<Context>;
}

/** Who it is for others, and the secrets that are its own. */
function ownAccountsOf(instance: Instance, { instances }: Model) {
  const { component, name, spec, login } = instance;
  return {
    login: loginOf(instances.find((item) => item.name === login) ?? instance),
    secretOptions: optionsOf(component, name, spec),
    users: Object.fromEntries(furtherUsersOf(instance).map((further) => [further.key, further])),
  } satisfies Partial<Context>;
}

/** What cluster.yaml says about its pods, roles and crons. */
function settingsOf({ component, spec: settings, nodeGroup }: Instance, { spec }: Model) {
  const { common } = settings;
  return {
    nodeGroup,
    pod: {
      ...common.scheduling,
      ...(nodeGroup === undefined ? {} : { nodeSelector: nodeGroup.nodeSelector }),
      labels: common.labels,
      annotations: common.annotations,
      volumes: common.volumes?.map(({ name: volume, mountPath, readOnly, source }) => ({
        volume: { name: volume, ...source },
        mountPath,
        ...(readOnly === undefined ? {} : { readOnly }),
      })),
      sidecars: common.sidecars,
      environmentFrom: common.environmentFrom,
      pullSecrets: spec.images.pullSecrets,
      trustedCa: spec.trustedCa,
    },
    role: (role) => component.roles[role],
    scaling: (role) => ({
      replicas: replicasOf(component, settings, spec.profile, role),
      resources: common.resources?.[role],
      autoscaling: common.autoscaling?.[role],
      maxUnavailable: settings.node.maxUnavailable,
    }),
    schedule: (cron) => {
      const { at } = component.crons![cron]!;
      const own = common.crons?.[cron];
      const schedule = typeof at === "string" ? at : at(settings.options);
      return { schedule: typeof own === "string" ? own : schedule, suspend: own === false };
    },
  } satisfies Partial<Context>;
}

/** What is the same for all instances of the cluster. */
const clusterOf = ({ spec, instances }: Model) =>
  ({
    dns: spec.kubernetes.dnsDomain,
    gatewayNamespace:
      instances.find(({ component }) => component.publishes)?.namespace ?? groupedNamespaces.infrastructure,
    gatewayClass: spec.access.className,
    installs: (operator) => spec.operators?.[operator] !== "existing",
    storageClass: spec.kubernetes.storageClass,
    sharedStorageClass: spec.kubernetes.sharedStorageClass,
  }) satisfies Partial<Context>;

const peerOf = ({ component, name, suffix, namespace, spec }: Instance): Peer => ({
  component: component.name,
  instance: name,
  suffix,
  namespace,
  details: component.details?.(spec.options) ?? {},
});

const relative = (instance: Instance): Relative => ({
  ...peerOf(instance),
  options: instance.spec.options,
  connections: instance.connections,
});

/** User that the OpenStack images run as. */
const openstackUid = 42424;

/** A file with layers above it: what is special about a cluster or an instance lies in a folder of its own. */
interface LayeredFile {
  readonly file: string;
  readonly folder: string;
  /** What its ConfigMap is called for. */
  readonly purpose: string;
}

/** Files of a component that have layers: the main one, and those that its header names. */
export const layeredFilesOf = ({ conf, project, layered = [] }: Component): LayeredFile[] => [
  ...(conf === undefined ? [] : [{ file: conf, folder: `${project}.conf.d`, purpose: "conf-d" }]),
  ...layered.map((file) => ({ file, folder: `${file}.d`, purpose: `${file.replaceAll(/[^a-z0-9]+/g, "-")}-d` })),
];

/** Name of one of an instance's generated ConfigMaps. */
export const configMapName = (instance: Pick<Instance, "component" | "suffix">, purpose: string): string =>
  `${instance.component.name}-${purpose}${instance.suffix}`;

/** The image that cluster.yaml or versions.yaml names for an instance. */
export const ownImage = (
  { spec: { name: instance, common } }: Pick<Instance, "spec">,
  { versions }: Model["spec"],
  name: string,
): string | undefined => common.image?.[name] ?? versions?.images[instance]?.[name];

/** The one that it has else, without mirror and digest. */
export function upstreamImage(
  { component, spec: { release } }: Pick<Instance, "component" | "spec">,
  { versions }: Model["spec"],
  name: string,
): string | undefined {
  const image = component.images[name]?.(release);
  return image === undefined ? undefined : installedImage(image, versions?.operators);
}

/** The image of an instance: its own word, else the component's for the release; on the mirror and by digest where the cluster says so. */
export function imageOf({ component, spec: settings }: Instance, { spec }: Model, name: string): string {
  const own = ownImage({ spec: settings }, spec, name);
  if (own !== undefined) return own;
  const upstream = upstreamImage({ component, spec: settings }, spec, name);
  if (upstream === undefined) throw new Error(`${component.name} has no image "${name}"`);
  const [repository, tag] = splitImage(upstream);
  const digest = digestOf(upstream, spec.images.digests);
  const image = `${mirrored(repository, spec.images.registry)}:${tag}`;
  return digest === undefined ? image : `${image}@${digest}`;
}
