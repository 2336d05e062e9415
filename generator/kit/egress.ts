import type { Context } from "../contract/context.ts";
import type { Destination, Place } from "../contract/destination.ts";
import type { Phase, Placed } from "../contract/kubernetes.ts";
import { labels, objectName, placed, selector } from "./names.ts";
import { NetworkPolicy } from "./objects.ts";
import { expressions } from "./service.ts";

/** Names of the policies, behind the name of the component; no instance may be called so (input/rules/reserved.ts). */
const egressName = "egress";
const kubernetesName = "egress-kubernetes";

/**
 * What the pods of an instance may connect to, its Jobs and crons included: its destinations and nothing else. Of them, those whose
 * objects these are and that have a token of the Kubernetes API may call that too; `operatorsCall`: also those that its operator makes.
 */
export function egressPolicies(ctx: Context, phase: Phase, own: readonly Placed[], operatorsCall: boolean): Placed[] {
  if (ctx.egress === undefined) return [];
  const { destinations, kubernetes } = ctx.egress;
  const roles = rolesOf(own, () => true);
  const callers = rolesOf(own, hasToken);
  const allCall = operatorsCall && roles.every((role) => callers.includes(role));
  const some = operatorsCall
    ? { operator: "NotIn" as const, values: roles.filter((role) => !callers.includes(role)) }
    : { operator: "In" as const, values: callers };
  return [
    policy(ctx, phase, egressName, selector(ctx), allCall ? [...destinations, kubernetes] : destinations),
    ...(allCall || some.values.length === 0
      ? []
      : [policy(ctx, phase, kubernetesName, selector(ctx), [kubernetes], some)]),
  ];
}

const policy = (
  ctx: Context,
  phase: Phase,
  name: string,
  matchLabels: Record<string, string>,
  destinations: readonly Destination[],
  roles?: { readonly operator: "In" | "NotIn"; readonly values: readonly string[] },
): Placed =>
  placed(
    phase,
    NetworkPolicy({
      metadata: { name: objectName(ctx, name), labels: labels(ctx) },
      spec: {
        podSelector: {
          matchLabels,
          ...(roles === undefined
            ? {}
            : { matchExpressions: [{ ...roles, key: "app.kubernetes.io/component", values: [...roles.values] }] }),
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

/** Roles of the pods that these objects make, as far as the pods are of the kind. */
const rolesOf = (own: readonly Placed[], isMeant: (pods: Template) => boolean): string[] =>
  [
    ...new Set(
      own.flatMap(({ object: { spec } }) => {
        const { jobTemplate, template = jobTemplate?.spec.template } = (spec ?? {}) as Owner;
        const role = template?.metadata?.labels?.["app.kubernetes.io/component"];
        return role !== undefined && isMeant(template!) ? [role] : [];
      }),
    ),
  ].sort();

function hasToken({ spec: { automountServiceAccountToken, volumes = [] } = {} }: Template): boolean {
  const isProjected = volumes.some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  return automountServiceAccountToken === true || isProjected;
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
