import { byName } from "../base/data.ts";
import { mirrored, splitImage } from "../base/image.ts";
import type { Component } from "../contract/component.ts";
import { chosen } from "../contract/connection.ts";
import type { ClusterValues, Context, Relative } from "../contract/context.ts";
import type { Peer } from "../contract/peers.ts";
import { internalTls } from "../input/spec.ts";
import { furtherUsersOf, loginOf, optionsOf } from "../model/accounts.ts";
import { type Instance, type Model, replicasOf } from "../model/model.ts";
import { groupedNamespaces } from "../model/namespaces.ts";
import { clusterValuesOf } from "./cluster-values.ts";

/** What a component's functions are given: the context, and the values of the cluster. */
export function contextOf(instance: Instance, model: Model): Context & ClusterValues {
  const { component, spec: settings, name } = instance;
  const { spec } = model;
  const { common } = settings;
  const named = (other: string | undefined) => model.instances.find((item) => item.name === other);
  const owner = named(instance.owner);
  const user = named(instance.login) ?? instance;
  return {
    component: component.name,
    instance: name,
    suffix: instance.suffix,
    namespace: instance.namespace,
    release: spec.release,
    profile: spec.profile,
    internalTls: internalTls(spec),
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
    connections: instance.connections,
    owner: owner === undefined ? undefined : relative(owner),
    parts: model.instances
      .filter((part) => part.owner === name)
      .sort(byName)
      .map(relative),
    family: instance.family,
    reach: instance.reach,
    identity: instance.identity,
    peer: (word) => {
      const found = named(instance.peers[word]);
      return found === undefined ? undefined : peerOf(found);
    },
    askers: model.instances
      .filter(({ peers }) => Object.values(peers).includes(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(peerOf),
    login: loginOf(user.name, user.spec),
    secretOptions: optionsOf(component, name, settings),
    users: Object.fromEntries(furtherUsersOf(component, name, settings).map((user) => [user.key, user])),
    pod: {
      ...common.scheduling,
      ...(instance.nodeGroup === undefined ? {} : { nodeSelector: instance.nodeGroup.nodeSelector }),
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
    // Until somebody asks, a provider is open to the services' namespace: bases then fit the usual cluster as they are.
    clients: instance.clients.length > 0 ? instance.clients : [groupedNamespaces.services],
    consumers: instance.consumers,
    nodeGroup: instance.nodeGroup,
    clientNetworks: instance.clientNetworks,
    connectionLimit: instance.connectionLimit,
    dns: spec.kubernetes.dnsDomain,
    gatewayNamespace:
      model.instances.find((item) => item.component.publishes)?.namespace ?? groupedNamespaces.infrastructure,
    gatewayClass: spec.access.className,
    installs: (operator) => spec.operators?.[operator] !== "existing",
    storageClass: spec.kubernetes.storageClass,
    sharedStorageClass: spec.kubernetes.sharedStorageClass,
    connection: (word) => chosen(instance.connections, [word])[0],
    scaling: (role) => ({
      replicas: replicasOf(component, settings, spec.profile, role),
      resources: common.resources?.[role],
      autoscaling: common.autoscaling?.[role],
      maxUnavailable: settings.node.maxUnavailable,
    }),
    role: (role) => component.roles[role],
    schedule: (cron) => {
      const { at } = component.crons![cron]!;
      const own = common.crons?.[cron];
      const schedule = typeof at === "string" ? at : at(settings.options);
      return { schedule: typeof own === "string" ? own : schedule, suspend: own === false };
    },
    image: (image = component.name) => imageOf(instance, model, image),
    ...clusterValuesOf(instance, model),
  };
}

const peerOf = ({ component, name, suffix, namespace }: Instance): Peer => ({
  component: component.name,
  instance: name,
  suffix,
  namespace,
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

/** The image of an instance: its own word, else the component's for the release; on the mirror and by digest where the cluster says so. */
export function imageOf({ component, spec: settings }: Instance, { spec }: Model, name: string): string {
  const own = settings.common.image?.[name];
  if (own !== undefined) return own;
  const upstream = component.images[name]?.(spec.release);
  if (upstream === undefined) throw new Error(`${component.name} has no image "${name}"`);
  const [repository, tag] = splitImage(upstream);
  const digest = spec.images.digests?.[repository];
  const image = `${mirrored(repository, spec.images.registry)}:${tag}`;
  return digest === undefined ? image : `${image}@${digest}`;
}
