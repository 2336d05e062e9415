import { isDeepStrictEqual } from "node:util";
import { groups } from "../contract/context.ts";
import { installedOperators } from "../delivery/installation.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { bare, valueAt } from "../input/schema/zod-walk.ts";
import type { Model } from "../model/model.ts";
import { effective, type Value, writtenAt } from "./effective.ts";
import { instanceOf, type Place } from "./place.ts";

/** What a key means when nobody writes it. */
export interface Default {
  readonly value?: unknown;
  /** Where the default depends on the profile, the release or the cluster: on what, and how. */
  readonly depends?: string;
}

/** The default of a place: the schema's, or the one that its description states after "Default:". */
export function defaultOf({ schemas }: Place): Default | undefined {
  for (const schema of schemas) {
    const { default: value, description = "" } = bare(schema);
    const depends = /\bdefault: (.+?)\.(?=\s|$)/i.exec(description)?.[1];
    if (value !== undefined) return { value };
    if (depends !== undefined) return /^\d+$/.test(depends) ? { value: Number(depends) } : { depends };
  }
  return undefined;
}

/** Everything that a cluster says, with defaults, in the form of cluster.yaml; added instances included. */
export function settingsOf({ spec, instances }: Model): Record<string, unknown> {
  const { file: _, instances: __, ...head } = spec;
  const group = (name: string) =>
    Object.fromEntries(
      instances
        .filter(({ component }) => component.group === name)
        .map(({ name: instance, spec: { common, service, node, options } }) => [
          instance,
          { ...common, ...service, ...node, ...(options as object) },
        ]),
    );
  return { ...head, ...Object.fromEntries(groups.map((name) => [name, group(name)])) };
}

/** The value that a cluster has at a place, `null` where nothing stands and nothing follows. */
export function clusterValue(place: Place, cluster: Cluster, settings: unknown): Value | undefined {
  const { path } = place;
  // A whole group has no value of its own: its keys have.
  if (path.length === 0 || (path.length === 1 && groups.some((group) => group === path[0]))) return undefined;
  const written = writtenAt(cluster, path);
  const { model } = cluster;
  if (model === undefined) {
    // The file has mistakes, so nothing can be computed from it. A word that is written can still be shown.
    const text = cluster.source.text(path);
    return written === undefined || text === undefined ? undefined : { value: text, from: written };
  }
  return found(place, cluster, model, valueAt(settings, path), written) ?? absent(place, cluster, model);
}

const absent = (place: Place, { name }: Cluster, { instances }: Model): Value => {
  const at = instanceOf(place);
  const isThere = at === undefined || instances.some((instance) => instance.name === at.name);
  return { value: null, from: isThere ? "not written" : `cluster ${name} has no ${at.name}` };
};

function found(
  place: Place,
  cluster: Cluster,
  model: Model,
  value: unknown,
  written: string | undefined,
): Value | undefined {
  const at = instanceOf(place);
  if (at === undefined) return headValue(place, model, value, written);
  const instance = model.instances.find(({ name }) => name === at.name);
  if (instance === undefined) return undefined;
  if (at.setting.length === 0) return { value, from: written ?? `added: ${instance.origin}` };
  const computed = effective(instance, cluster, at.setting);
  if (computed !== undefined) return { value: computed.value, from: written ?? computed.from };
  if (written !== undefined) return { value, from: written };
  const given = defaultOf(place);
  if (value === undefined) return byDefault(given, model);
  const isDefault = cluster.source.has([at.group, at.name]) || isDeepStrictEqual(value, given?.value);
  return { value, from: isDefault ? "default" : `computed: ${instance.origin}` };
}

function headValue(place: Place, model: Model, value: unknown, written: string | undefined): Value | undefined {
  const [key, operator] = place.path;
  if (key === "operators") {
    const all = {
      ...Object.fromEntries(installedOperators(model).map(({ name }) => [name, "installed"])),
      ...model.spec.operators,
    };
    const own = operator === undefined ? all : valueAt(all, [operator]);
    return own === undefined ? undefined : { value: own, from: written ?? "default" };
  }
  if (value === undefined) return written === undefined ? byDefault(defaultOf(place), model) : undefined;
  return { value, from: written ?? "default" };
}

/** A default that depends on the profile or on the cluster, as it is in this cluster. */
function byDefault(given: Default | undefined, { spec }: Model): Value | undefined {
  if (given?.value !== undefined) return { value: given.value, from: "default" };
  const [, production, development] = /^(\S+), in development (\S+)$/.exec(given?.depends ?? "") ?? [];
  if (production !== undefined)
    return {
      value: spec.profile === "production" ? production : development,
      from: `default of profile ${spec.profile}`,
    };
  const [, key = "storageClass"] = /^the cluster's(?: (\w+))?$/.exec(given?.depends ?? "") ?? [undefined, ""];
  const value = key === "" ? undefined : spec.kubernetes[key as "storageClass"];
  return value === undefined ? undefined : { value, from: `computed: kubernetes.${key}` };
}
