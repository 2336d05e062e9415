import { databaseObjects, messagingObjects } from "../kit/provider-objects.ts";
import { register } from "../kit/register.ts";
import { backendTls, route } from "../kit/route.ts";
import { apiPolicy, closed, service } from "../kit/service.ts";
import { speaksHttps } from "../kit/tls.ts";
import type { Context, Facts, KubernetesObject, Phase, Placed } from "../model/contract.ts";
import { phases } from "../model/contract.ts";
import type { Instance, Model } from "../model/model.ts";
import { configMaps, type GeneratedConfigMap, type Lineage } from "./config.ts";
import { viewOf } from "./context.ts";
import { withoutFacts } from "./facts.ts";

/** What one phase of an instance consists of. */
export interface PhaseRender {
  readonly objects: readonly KubernetesObject[];
  readonly configMaps: readonly GeneratedConfigMap[];
}
export type Render = Readonly<Record<Phase, PhaseRender>>;

/** Renders an instance. A base is the same rendering with facts and namespace left out. */
export function renderInstance(
  instance: Instance,
  model: Model,
  lineage: Lineage,
  form: "base" | "wanted" = "wanted",
): Render {
  const { ctx, facts } = viewOf(instance, model);
  const { component } = instance;
  const placed: readonly Placed[] = [
    ...component.manifests({ ...ctx, facts } as never),
    ...derived(instance, model, ctx, facts),
  ];
  const namespaced = (object: KubernetesObject): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, namespace: ctx.namespace },
  });
  const finish = form === "base" ? (object: KubernetesObject) => withoutPlace(withoutFacts(object)) : namespaced;
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
function derived({ component }: Instance, { spec }: Model, ctx: Context, facts: Facts): Placed[] {
  const endpoints = Object.entries(component.endpoints ?? {});
  const isService = component.group === "services";
  return [
    ...(isService ? [...service(ctx), closed(ctx)] : []),
    ...ctx.wires
      .filter(({ need, instance }) => need.kind === "database" && instance !== undefined)
      .flatMap((wire) => databaseObjects(ctx, wire)),
    ...ctx.wires
      .filter(({ need, instance }) => need.kind === "messaging" && instance !== undefined)
      .flatMap((wire) => messagingObjects(ctx, wire)),
    ...(component.user === undefined
      ? []
      : [
          register({ ...ctx, facts, endpoints: Object.values(component.endpoints ?? {}), roles: component.user.roles }),
        ]),
    ...endpoints.map(([, { role, port }]) => apiPolicy(ctx, role, port)),
    ...(spec.access.mode === "none"
      ? []
      : endpoints.map(([, endpoint]) =>
          route(
            ctx,
            endpoint,
            spec.access.mode === "existing"
              ? { ...spec.access.gateway!, host: hostOf(facts, endpoint.type) }
              : undefined,
          ),
        )),
    ...(spec.access.mode === "none" || !speaksHttps(ctx)
      ? []
      : endpoints.map(([, endpoint]) => backendTls(ctx, endpoint))),
  ];
}

const hostOf = (facts: Facts, type: string): string => new URL(facts.url(type, "public")).hostname;
