import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { Context } from "../contract/context.ts";
import type { Destination, Place } from "../contract/destination.ts";
import type { KubernetesObject, Phase, Placed } from "../contract/kubernetes.ts";
import { labels, objectName, placed, selector } from "./names.ts";
import { expressions } from "./service.ts";

/** Names of the policies, behind the name of the component; no instance may be called so (input/rules/reserved.ts). */
const egressName = "egress";
const kubernetesName = "egress-kubernetes";

/**
 * What the pods of an instance may connect to, its Jobs and crons included: its destinations and nothing else. Of them, those whose
 * objects these are and that have a token of the Kubernetes API may call that too.
 */
export function egressPolicies(ctx: Context, phase: Phase, own: readonly Placed[], allCall: boolean): Placed[] {
  if (ctx.egress === undefined) return [];
  const { destinations, kubernetes } = ctx.egress;
  const callers = [...new Set(own.flatMap(({ object }) => callerOf(object)))].sort();
  return [
    policy(ctx, phase, egressName, selector(ctx), allCall ? [...destinations, kubernetes] : destinations),
    ...(allCall || callers.length === 0
      ? []
      : [policy(ctx, phase, kubernetesName, selector(ctx), [kubernetes], callers)]),
  ];
}

const policy = (
  ctx: Context,
  phase: Phase,
  name: string,
  matchLabels: Record<string, string>,
  destinations: readonly Destination[],
  roles: readonly string[] = [],
): Placed =>
  placed(
    phase,
    new NetworkPolicy({
      metadata: { name: objectName(ctx, name), labels: labels(ctx) },
      spec: {
        podSelector: {
          matchLabels,
          ...(roles.length === 0
            ? {}
            : { matchExpressions: [{ key: "app.kubernetes.io/component", operator: "In", values: [...roles] }] }),
        },
        policyTypes: ["Egress"],
        egress: policyRules(destinations),
      },
    }),
  );

/** Destinations as a policy says them. */
export const policyRules = (destinations: readonly Destination[]) =>
  destinations.map(({ to, ports }) => ({
    to: to.map(peer),
    ...(ports === undefined
      ? {}
      : {
          ports: ports.map(({ port, last, protocol }) => ({
            port,
            protocol,
            ...(last === undefined ? {} : { endPort: last }),
          })),
        }),
  }));

function peer(place: Place) {
  if ("cidr" in place)
    return { ipBlock: { cidr: place.cidr, ...(place.except.length === 0 ? {} : { except: [...place.except] }) } };
  if ("pods" in place) return { namespaceSelector: {} };
  const { namespace, instance, role } = place;
  return {
    namespaceSelector: expressions({ "kubernetes.io/metadata.name": namespace }),
    ...(instance === undefined
      ? {}
      : {
          podSelector: expressions({
            "app.kubernetes.io/instance": instance,
            ...(role === undefined ? {} : { "app.kubernetes.io/component": role }),
          }),
        }),
  };
}

/** The role of an object's pods, where they have a token. */
function callerOf({ spec }: KubernetesObject): string[] {
  const { jobTemplate, template = jobTemplate?.spec.template } = (spec ?? {}) as Owner;
  const role = template?.metadata?.labels?.["app.kubernetes.io/component"];
  const { automountServiceAccountToken, volumes = [] } = template?.spec ?? {};
  const isProjected = volumes.some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  return role !== undefined && (automountServiceAccountToken === true || isProjected) ? [role] : [];
}
interface Owner {
  readonly jobTemplate?: { readonly spec: { readonly template: Template } };
  readonly template?: Template;
}
interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly automountServiceAccountToken?: boolean;
    readonly volumes?: readonly {
      readonly projected?: { readonly sources?: readonly { readonly serviceAccountToken?: object }[] };
    }[];
  };
}
