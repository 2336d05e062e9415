import { digestOf } from "../base/image.ts";
import { type Path, showPath, showValue } from "../base/words.ts";
import type { Ini } from "../contract/configuration.ts";
import { programsOf, schedulesOf } from "../contract/programs.ts";
import { countedRoles, mainRole } from "../contract/replicas.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { type Instance, type Model, replicasOf } from "../model/model.ts";
import { contextOf, imageOf, ownImage, upstreamImage } from "../render/context.ts";

/** A value that a cluster has, and where it comes from. */
export interface Value {
  readonly value: unknown;
  /** `written at clusters/eu1/cluster.yaml:12:5`, `default`, `default of profile production`, `computed: …`. */
  readonly from: string;
}

/** Where the file says something about a path; undefined when it does not. */
export function writtenAt({ source }: Cluster, path: Path): string | undefined {
  const position = source.has(path) ? source.at(path) : undefined;
  return position === undefined ? undefined : `written at ${source.file}:${position.line}:${position.column}`;
}

/** Settings whose effect is more than what is written: what an instance has in the end. `path` lies below the instance. */
export function effective(instance: Instance, cluster: Cluster, path: Path): Value | undefined {
  const [setting, name, ...rest] = path;
  const model = cluster.model!;
  switch (setting) {
    case "component":
      return { value: instance.component.name, from: `computed: the name ${instance.name} begins with it` };
    case "namespace":
      return { value: instance.namespace, from: layout(instance, cluster) };
    case "release":
      return {
        value: instance.spec.release,
        from: writtenAt(cluster, [...instance.spec.path, "release"]) ?? "computed: the release of the cluster",
      };
    case "replicas":
      return pick(name, countedRoles(instance.component), (role) => replicas(instance, cluster, role));
    case "resources":
      return pick(name, programsOf(instance.component), (role) => resources(instance, cluster, role), rest);
    case "crons": {
      const schedules = schedulesOf(instance.component);
      return pick(name, Object.keys(schedules), (job) => ({
        value: instance.spec.common.crons?.[job] ?? schedules[job],
        from: "default",
      }));
    }
    case "image":
      return pick(name, Object.keys({ ...instance.component.images, ...instance.component.ownImages }), (image) =>
        imageValue(instance, model, image),
      );
    case "config":
      return rest.length < 2 ? undefined : option(instance, model, String(name), String(rest[0]), String(rest[1]));
    default:
      return undefined;
  }
}

/** Configuration files as they are generated for an instance, without what the operator adds. */
export const generatedConfig = (instance: Instance, model: Model): Readonly<Record<string, Ini | string>> => {
  return instance.component.config?.(contextOf(instance, model)) ?? {};
};

/** One entry of a map, or all of them; they come from where the first one does. */
function pick(
  name: string | number | undefined,
  names: readonly string[],
  entry: (name: string) => Value | undefined,
  rest: Path = [],
): Value | undefined {
  if (name !== undefined) {
    const found = names.includes(String(name)) ? entry(String(name)) : undefined;
    return found === undefined || rest.length > 0 ? below(found, rest) : found;
  }
  const entries = names.flatMap((key) => {
    const found = entry(key);
    return found === undefined ? [] : [[key, found] as const];
  });
  return entries.length === 0
    ? undefined
    : {
        value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
        from: [...new Set(entries.map(([, { from }]) => from))].join("; "),
      };
}

function below(found: Value | undefined, [key, ...rest]: Path): Value | undefined {
  if (found === undefined || key === undefined) return found;
  const map = found.value as Readonly<Record<string | number, unknown>>;
  return map !== null && typeof map === "object" && Object.hasOwn(map, key)
    ? below({ ...found, value: map[key] }, rest)
    : undefined;
}

function replicas({ component, spec, name }: Instance, cluster: Cluster, role: string): Value {
  const { profile } = cluster.model!.spec;
  const at = (...path: Path) => writtenAt(cluster, [component.group, name, ...path]);
  const autoscaling = spec.common.autoscaling?.[role];
  if (autoscaling !== undefined)
    return {
      value: { minReplicas: autoscaling.minReplicas, maxReplicas: autoscaling.maxReplicas },
      from: `computed: autoscaling, ${at("autoscaling", role)}`,
    };
  const written =
    typeof spec.common.replicas === "number" && role === mainRole(component) ? at("replicas") : at("replicas", role);
  return {
    value: replicasOf(component, spec, profile, role),
    from: written ?? `default of profile ${profile}`,
  };
}

/** Read from the rendered objects: defaults of resources stand in the components' own code. */
function resources(instance: Instance, cluster: Cluster, role: string): Value | undefined {
  const objects = Object.values(cluster.rendered?.renders.get(instance.name) ?? {}).flatMap((phase) => phase.objects);
  const labelled = objects.filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === role);
  const found = labelled.map((object) => firstResources(object)).find((value) => value !== undefined);
  if (found === undefined) return undefined;
  const path = [instance.component.group, instance.name, "resources", role];
  return { value: found, from: writtenAt(cluster, path) ?? `default of profile ${cluster.model!.spec.profile}` };
}

function firstResources(node: unknown): unknown {
  if (node === null || typeof node !== "object") return undefined;
  const own = (node as { resources?: { requests?: { memory?: unknown } } }).resources;
  if (own?.requests?.memory !== undefined) return own;
  return Object.values(node)
    .map(firstResources)
    .find((value) => value !== undefined);
}

function imageValue(instance: Instance, model: Model, name: string): Value | undefined {
  const { images } = model.spec;
  const { release } = instance.spec;
  const own = ownImage(instance, model.spec, name);
  if (own !== undefined)
    return {
      value: own,
      from:
        instance.spec.common.image?.[name] === undefined
          ? `written in versions.yaml below ${showPath(["images", instance.name])}`
          : `written below ${showPath([...instance.spec.path, "image"])}`,
    };
  const upstream = upstreamImage(instance, model.spec, name);
  if (upstream === undefined) return undefined;
  const ways = [
    ...(images.registry === undefined ? [] : ["on the mirror of images.registry"]),
    ...(digestOf(upstream, images.digests) === undefined ? [] : ["by the digest of images.digests"]),
  ];
  const plain = `default of release ${release}`;
  return {
    value: imageOf(instance, model, name),
    from: ways.length === 0 ? plain : `computed: ${plain}, ${ways.join(" and ")}`,
  };
}

function option(instance: Instance, model: Model, file: string, group: string, name: string): Value | undefined {
  const own = instance.spec.common.config?.[file]?.[group]?.[name];
  const generated = generatedConfig(instance, model)[file];
  const value = own ?? (typeof generated === "object" ? generated[group]?.[name] : undefined);
  return value === undefined ? undefined : { value, from: `computed: generated for ${instance.name}` };
}

function layout({ component, name }: Instance, cluster: Cluster): string {
  const { namespaces } = cluster.model!.spec;
  const written = writtenAt(cluster, ["namespaces"]) ?? "default";
  if (typeof namespaces === "string") return `computed: namespaces ${showValue(namespaces)} (${written})`;
  const key = [name, component.name, component.group].find((word) => namespaces[word] !== undefined);
  return key === undefined
    ? `default of group ${component.group}: the map namespaces does not name it`
    : `computed: namespaces.${key} (${writtenAt(cluster, ["namespaces", key])})`;
}
