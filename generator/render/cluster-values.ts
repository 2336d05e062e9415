import { holds, unknownValue, without } from "../base/placeholder.ts";
import type { Ini } from "../contract/configuration.ts";
import { isElsewhere } from "../contract/connection.ts";
import type { ClusterValues, PublicName, Tls } from "../contract/context.ts";
import { endpointName, endpointNamed, publishedEndpoints } from "../contract/endpoints.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { internalUrl } from "../model/connect.ts";
import type { Instance, Model } from "../model/model.ts";

/** ClusterValues of the cluster as one instance sees them. */
export function clusterValuesOf(instance: Instance, model: Model): ClusterValues {
  const { spec } = model;
  const urlAt = ({ component, name, namespace }: Instance, typeOrKey: string, view: "internal" | "public"): string => {
    const [key, endpoint] = endpointNamed(component, typeOrKey)!;
    if (view === "internal" || endpoint.public === false || spec.access.mode === "none")
      return internalUrl(component, name, namespace, spec, key);
    const host = publicHost(endpointName(key, name, component.name), model);
    return `${tlsOf(model) === "none" ? "http" : "https"}://${host}${endpoint.path ?? ""}`;
  };
  return {
    cluster: spec.name,
    domain: spec.domain,
    region: spec.region,
    url: (typeOrKey, view) => {
      const { identity } = instance;
      if (typeOrKey === "identity" && isElsewhere(identity)) return identity.url;
      return urlAt(answering(typeOrKey, instance, model), typeOrKey, view);
    },
    urlOf: (other, typeOrKey, view) =>
      urlAt(model.instances.find(({ name }) => name === other.instance)!, typeOrKey, view),
    publicNames: model.isBase === true ? [] : publicNamesOf(model),
    tls: model.isBase === true ? undefined : tlsOf(model),
  };
}

/** Public host name of an endpoint, by the cluster's scheme. */
const publicHost = (name: string, { spec }: Model): string =>
  spec.publicNames.replace("{service}", name).replace("{domain}", spec.domain);

const tlsOf = ({ spec }: Model): Tls => spec.access.tls ?? "none";

/** What the Gateway of a cluster serves, sorted. */
export const publicNamesOf = (model: Model): PublicName[] =>
  model.instances
    .flatMap(({ name, namespace, component }) =>
      publishedEndpoints(component).map(([key, { passwords = false }]) => {
        const section = endpointName(key, name, component.name);
        return { section, host: publicHost(section, model), namespace, passwords };
      }),
    )
    .sort((a, b) => (a.section < b.section ? -1 : 1));

/** The instance that answers for a catalogue type or a key: itself, its owner, or whom its header names. */
function answering(word: string, instance: Instance, model: Model): Instance {
  const named = (name: string | undefined) => model.instances.find((item) => item.name === name);
  const { component, peers, identity } = instance;
  const has = (each: Instance | undefined) => each !== undefined && endpointNamed(each.component, word) !== undefined;
  for (let near: Instance | undefined = instance; near !== undefined; near = named(near.owner))
    if (has(near)) return near;
  const found = named(peers[word] ?? (word === "identity" ? identity?.instance : undefined));
  if (found !== undefined) return found;
  throw new Error(
    component.wants?.includes(word)
      ? `${component.name} only wants ${word}: ctx.peer tells whether it is there, before ctx.url is asked`
      : `${component.name} asks for the URL of ${word}: its header has to name it in requires, knows or wants`,
  );
}

/** An ini file without the options that hold a value of the cluster. */
export const withoutClusterValueOptions = (ini: Ini): Ini =>
  Object.fromEntries(
    Object.entries(ini).map(([group, options]) => [
      group,
      Object.fromEntries(Object.entries(options).filter(([, value]) => !holdsClusterValue(value))),
    ]),
  );

/** An object without the fields that hold a value of the cluster; a list item loses the field, not its place. */
export const withoutClusterValues = (object: KubernetesObject): KubernetesObject =>
  without(object, unknownValue) as KubernetesObject;

/** True when a value of a base holds a value of the cluster, at any depth. */
export const holdsClusterValue = (value: unknown): boolean => holds(value, unknownValue);
