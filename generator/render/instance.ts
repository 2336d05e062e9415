import type { ClusterValues, Context } from "../contract/context.ts";
import type { KubernetesObject, Phase, Placed } from "../contract/kubernetes.ts";
import { phases } from "../contract/kubernetes.ts";
import { hasServiceSettings } from "../input/schema/whole.ts";
import { providerObjects } from "../kit/provider-objects.ts";
import { register } from "../kit/register.ts";
import { backendTls, route } from "../kit/route.ts";
import { apiPolicy, closed } from "../kit/service.ts";
import { accounts } from "../kit/service-account.ts";
import { speaksHttps } from "../kit/tls.ts";
import type { PhaseRender, Render } from "../kustomize/rendering.ts";
import type { Instance, Model } from "../model/model.ts";
import { withoutClusterValues } from "./cluster-values.ts";
import { configMaps, type Lineage } from "./config.ts";
import { contextOf } from "./context.ts";

/** Renders an instance. A base is the same rendering with facts and namespace left out. */
export function renderInstance(
  instance: Instance,
  model: Model,
  lineage: Lineage,
  form: "base" | "wanted" = "wanted",
): Render {
  const ctx = contextOf(instance, model);
  const { component } = instance;
  const own: readonly Placed[] = [...component.manifests(ctx), ...derived(instance, model, ctx)];
  const placed = [...own, ...(hasServiceSettings(component) ? accounts(ctx, own) : [])];
  const namespaced = (object: KubernetesObject): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, namespace: ctx.namespace },
  });
  const finish =
    form === "base" ? (object: KubernetesObject) => withoutPlace(withoutClusterValues(object)) : namespaced;
  return Object.fromEntries(
    phases.map((phase): [Phase, PhaseRender] => [
      phase,
      {
        objects: placed.filter((item) => item.phase === phase).map(({ object }) => finish(object)),
        configMaps: phase === "run" ? configMaps(instance, model, lineage) : [],
      },
    ]),
  ) as Render;
}

/** Kustomize gives a subject without a namespace that of its service account, and leaves any other alone. */
const withoutPlace = (object: KubernetesObject): KubernetesObject =>
  Array.isArray(object.subjects)
    ? { ...object, subjects: object.subjects.map(({ namespace: _, ...subject }) => subject) }
    : object;

/** What follows from a component's header alone: accounts, database and broker objects, catalogue, routes, policies. */
function derived({ component }: Instance, { spec }: Model, ctx: Context & ClusterValues): Placed[] {
  const endpoints = Object.entries(component.endpoints ?? {});
  return [
    ...(hasServiceSettings(component) ? [closed(ctx)] : []),
    ...ctx.connections.flatMap((connection) => providerObjects(ctx, connection)),
    ...(component.user === undefined
      ? []
      : [register({ ...ctx, endpoints: Object.values(component.endpoints ?? {}), roles: component.user.roles })]),
    ...endpoints.map(([, { role, port }]) => apiPolicy(ctx, role, port)),
    ...(spec.access.mode === "none"
      ? []
      : endpoints.map(([, endpoint]) =>
          route(
            ctx,
            endpoint,
            spec.access.mode === "existing" ? { ...spec.access.gateway!, host: hostOf(ctx, endpoint.type) } : undefined,
          ),
        )),
    ...(spec.access.mode === "none" || !speaksHttps(ctx)
      ? []
      : endpoints.map(([, endpoint]) => backendTls(ctx, endpoint))),
  ];
}

const hostOf = ({ url }: ClusterValues, type: string): string => new URL(url(type, "public")).hostname;
