import type { Component } from "../contract/component.ts";
import type { ClusterValues, Context } from "../contract/context.ts";
import { endpointName, endpointsOf, isHttp, publishedEndpoints, typesOf } from "../contract/endpoints.ts";
import type { KubernetesObject, Phase, Placed } from "../contract/kubernetes.ts";
import { phases } from "../contract/kubernetes.ts";
import { programsOf } from "../contract/programs.ts";
import { atRelease } from "../contract/release.ts";
import { hasServiceSettings } from "../input/schema/whole.ts";
import { egressPolicies } from "../kit/egress.ts";
import { inWaveOf } from "../kit/names.ts";
import { portService } from "../kit/ports.ts";
import { providerObjects, sharedObjects } from "../kit/provider-objects.ts";
import { type CatalogueEntry, register } from "../kit/register.ts";
import { backendTls, route } from "../kit/route.ts";
import { closed, endpointPolicy } from "../kit/service.ts";
import { accounts } from "../kit/service-account.ts";
import { speaksHttps } from "../kit/tls.ts";
import type { GeneratedConfigMap, PhaseRender, Render } from "../kustomize/rendering.ts";
import { furtherUsersOf } from "../model/accounts.ts";
import type { Instance, Model } from "../model/model.ts";
import { withoutClusterValues } from "./cluster-values.ts";
import { configMaps, type Lineage } from "./config.ts";
import { contextOf } from "./context.ts";

/** Renders an instance. A base is the same rendering without namespace and values of the cluster. */
export function renderInstance(
  instance: Instance,
  model: Model,
  lineage: Lineage,
  form: "base" | "wanted" = "wanted",
): Render {
  const ctx = contextOf(instance, model);
  const { component } = instance;
  const own: readonly Placed[] = [...component.manifests(ctx), ...derived(instance, model, ctx)];
  const placed = [
    ...own,
    ...(hasServiceSettings(component) ? accounts(ctx, own) : []),
    ...waysOut(component, ctx, own),
  ].map((item) => inWaveOf(item, instance.waves));
  const namespaced = ({ object, atIdentity }: Placed): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, namespace: atIdentity ? ctx.identity!.namespace : ctx.namespace },
  });
  const finish = form === "base" ? ({ object }: Placed) => withoutPlace(withoutClusterValues(object)) : namespaced;
  return Object.fromEntries(
    phases.map((phase): [Phase, PhaseRender] => {
      const finished = placed
        .filter((item) => item.phase === phase)
        .map((item) => ({ object: finish(item), isAway: item.atIdentity === true }));
      const away = form === "base" ? finished.filter(({ isAway }) => isAway) : [];
      return [
        phase,
        {
          objects: finished.map(({ object }) => object),
          ...(away.length === 0 ? {} : { atIdentity: away.map(({ object }) => object) }),
          configMaps: phase === "run" ? configMaps(instance, model, lineage).map(nameFor(component)) : [],
        },
      ];
    }),
  ) as Render;
}

/**
 * Pods that a commit does not replace keep naming the ConfigMap that they were made with. With the hash of its content in
 * its name it would be pruned at the next change, and the pod could not start again when its node does.
 */
const nameFor = ({ roles }: Component): ((map: GeneratedConfigMap) => GeneratedConfigMap) =>
  Object.values(roles).some(({ interrupts }) => interrupts !== undefined)
    ? (map) => ({ ...map, plainName: true })
    : (map) => map;

/** Kustomize gives a subject without a namespace that of its service account, and leaves any other alone. */
const withoutPlace = (object: KubernetesObject): KubernetesObject =>
  Array.isArray(object.subjects)
    ? { ...object, subjects: object.subjects.map(({ namespace: _, ...subject }) => subject) }
    : object;

/** What follows from a component's header alone: accounts, database and broker objects, catalogue, routes, policies. */
function derived(instance: Instance, { spec }: Model, ctx: Context & ClusterValues): Placed[] {
  const { component, name } = instance;
  return [
    // A policy does not see pods on the network of a node.
    ...(hasServiceSettings(component) && hasPodNetwork(component) ? [closed(ctx)] : []),
    ...ctx.connections.flatMap((connection) => providerObjects(ctx, connection)),
    ...sharedObjects(ctx),
    ...(component.user === undefined
      ? []
      : [
          ...register(ctx, {
            endpoints: catalogueEntries(component, name),
            ...rolesOf(component.user, ctx),
            own: component.identity?.(ctx) ?? {},
            users: furtherUsersOf(instance),
          }),
        ]),
    ...endpointsOf(component)
      .filter(([, { role }]) => component.roles[role]?.hostNetwork === undefined)
      .map(([, endpoint]) => endpointPolicy(ctx, endpoint)),
    ...(spec.access.mode === "none" ? [] : publicObjects(component, spec.access, ctx)),
  ];
}

/** What its user has at a release, and what is taken away. */
function rolesOf({ roles, formerRoles = [] }: NonNullable<Component["user"]>, { release }: Context) {
  const now = atRelease(roles, release);
  return { roles: now, formerRoles: formerRoles.filter((role) => !now.includes(role)) };
}

/** What the catalogue says of an instance's endpoints. */
const catalogueEntries = (component: Component, instance: string): CatalogueEntry[] =>
  endpointsOf(component).flatMap(([key, endpoint]) =>
    typesOf(endpoint).map((type) => ({
      name: endpointName(key, instance, component.name),
      type,
      description: endpoint.description ?? "",
      views: endpoint.public === false ? ["internal"] : ["internal", "public"],
    })),
  );

/** Ways in from outside: by the Gateway for HTTP, and by load balancers for the rest. */
function publicObjects(
  component: Component,
  { mode, gateway }: Model["spec"]["access"],
  ctx: Context & ClusterValues,
): Placed[] {
  const hostOf = (key: string): string => new URL(ctx.url(key, "public")).hostname;
  return [
    ...publishedEndpoints(component).flatMap(([key, endpoint]) => [
      route(ctx, key, endpoint, mode === "existing" ? { ...gateway!, host: hostOf(key) } : undefined),
      ...(speaksHttps(ctx) ? [backendTls(ctx, endpoint)] : []),
    ]),
    ...endpointsOf(component).flatMap(([, endpoint]) =>
      isHttp(endpoint) || endpoint.public === false ? [] : [portService(ctx, endpoint.role, endpoint, "LoadBalancer")],
    ),
  ];
}

/** Before the first of its pods. Those of the Gateway live with its operator. */
const waysOut = (component: Component, ctx: Context, own: readonly Placed[]): Placed[] =>
  component.publishes || !hasPodNetwork(component)
    ? []
    : egressPolicies(ctx, beginsWithJobs(component) ? "expand" : "run", own, component.callsKubernetes === true);

const beginsWithJobs = ({ jobs = {}, user }: Component): boolean =>
  user !== undefined || Object.values(jobs).some(({ phase }) => phase === "expand");

/** Some pod of it has an address of its own: of a role, a Job or a cron. */
const hasPodNetwork = (component: Component): boolean =>
  programsOf(component).some((program) => component.roles[program]?.hostNetwork === undefined);
