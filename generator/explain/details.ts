import { allOf } from "../base/words.ts";
import { endpointsOf, isHttp, typesOf } from "../contract/endpoints.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { internalUrl } from "../model/connect.ts";
import { type Instance, type Model, replicasOf } from "../model/model.ts";
import { clusterValuesOf, publicNamesOf } from "../render/cluster-values.ts";
import { imageOf } from "../render/context.ts";
import { budget, clients, connections, type Detail } from "./connections.ts";
import { instanceOf, type Place } from "./place.ts";

/** What a cluster makes of a key. */
export function detailsOf(place: Place, cluster: Cluster): Detail[] {
  const { model } = cluster;
  if (model === undefined) return [];
  const at = instanceOf(place);
  const instance = model.instances.find(({ name }) => name === at?.name);
  if (instance !== undefined) return filled(ofInstance(instance, cluster, model, at!.setting[0]));
  if (place.path.length === 0 || place.path.length > 2) return [];
  switch (place.path[0]) {
    case "namespaces":
      return filled([namespaces(model)]);
    case "images":
      return filled(model.instances.map((item) => images(item, model, `Images of ${item.name}`)));
    case "domain":
    case "publicNames":
    case "access":
      return filled([publicNames(model)]);
    default:
      return [];
  }
}

const filled = (details: readonly Detail[]): Detail[] => details.filter(({ entries }) => entries.length > 0);

function ofInstance(
  instance: Instance,
  cluster: Cluster,
  model: Model,
  setting: string | number | undefined,
): Detail[] {
  switch (setting) {
    case undefined:
      return [
        existence(instance, model),
        connections(instance, cluster),
        endpoints(instance, model),
        clients(instance, model),
        budget(instance, model),
        images(instance, model, "Images"),
      ];
    case "uses":
    case "dedicated":
      return [connections(instance, cluster)];
    default:
      return [];
  }
}

function existence(instance: Instance, { spec }: Model): Detail {
  const { component, namespace, after, origin } = instance;
  return {
    title: "In this cluster",
    entries: [
      { name: "origin", text: origin },
      { name: "namespace", text: namespace },
      ...Object.keys(component.roles).map((role) => ({
        name: `replicas of ${role}`,
        text:
          component.roles[role]!.scaling === "node"
            ? "one on each of its nodes"
            : String(replicasOf(component, instance.spec, spec.profile, role)),
      })),
      ...(after.length === 0 ? [] : [{ name: "starts after", text: allOf(after) }]),
    ],
  };
}

function endpoints({ component, name, namespace }: Instance, model: Model): Detail {
  const { access } = model.spec;
  const instance = model.instances.find((item) => item.name === name)!;
  return {
    title: "Endpoints",
    entries: endpointsOf(component).flatMap(([key, endpoint]) => {
      if (!isHttp(endpoint)) return [{ name: key, text: `${allOf(endpoint.protocols!)}, port ${endpoint.port}` }];
      const title = typesOf(endpoint)[0] ?? key;
      return [
        { name: `${title}, internal`, text: internalUrl(component, name, namespace, model.spec, key) },
        ...(access.mode === "none" || endpoint.public === false
          ? []
          : [{ name: `${title}, public`, text: clusterValuesOf(instance, model).url(key, "public") }]),
      ];
    }),
  };
}

/** Those of its own that are asked for, when somebody names them. */
const imageNames = ({ component, spec }: Instance): string[] => [
  ...Object.keys(component.images),
  ...Object.keys(component.ownImages ?? {}).filter((name) => spec.common.image?.[name] !== undefined),
];

const images = (instance: Instance, model: Model, title: string): Detail => ({
  title,
  entries: imageNames(instance).map((name) => ({ name, text: imageOf(instance, model, name) })),
});

const namespaces = ({ namespaces: all }: Model): Detail => ({
  title: "Namespaces",
  entries: all.map(({ name, instances }) => ({ name, text: allOf(instances), data: { instances } })),
});

const publicNames = (model: Model): Detail => ({
  title: "Public names",
  entries:
    model.spec.access.mode === "none"
      ? []
      : publicNamesOf(model).map(({ section, host }) => ({ name: section, text: host })),
});
