import type { IPolicyRule } from "kubernetes-models/rbac.authorization.k8s.io/v1/PolicyRule";
import type { Context } from "../contract/context.ts";
import type { KubernetesObject, Phase, Placed } from "../contract/kubernetes.ts";
import { labels, objectName, placed } from "./names.ts";
import { Role, RoleBinding, ServiceAccount } from "./objects.ts";

/** Name of the service account of an instance's services. */
export const serviceAccountName = (ctx: Context): string => objectName(ctx);

/** Name of the service account of its Jobs that do not talk to the Kubernetes API. */
export const jobsAccount = (ctx: Context): string => objectName(ctx, "jobs");

/** Service account without a token; image pull Secrets hang here, once for all pods of the phase. */
export const serviceAccount = (ctx: Context, phase: Phase, role?: string): Placed =>
  placed(
    phase,
    ServiceAccount({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      automountServiceAccountToken: false,
      ...(ctx.pod.pullSecrets === undefined ? {} : { imagePullSecrets: ctx.pod.pullSecrets.map((name) => ({ name })) }),
    }),
  );

/** Service account of one program that talks to the Kubernetes API, and what it may do in its own namespace. */
export const apiAccount = (ctx: Context, phase: Phase, role: string, rules: readonly IPolicyRule[]): Placed[] => [
  serviceAccount(ctx, phase, role),
  ...permissions(ctx, phase, role, rules, [here(ctx, objectName(ctx, role))]),
];

/**
 * Accounts of a service whose objects these are: one for what runs, and where there are Jobs one for those, since they belong
 * to an earlier phase. Jobs of the phase contract begin with a look at the pods of their namespace: they may from the
 * beginning, so that Kustomize finds the account next to its Role and gives both the namespace.
 */
export function accounts(ctx: Context, own: readonly Placed[]): Placed[] {
  const jobs = own.filter(({ object }) => object.kind === "Job");
  const contracting = jobs.filter(({ phase }) => phase === "contract").map(({ object }) => accountOf(object));
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];
  return [
    serviceAccount(ctx, "run"),
    ...(jobs.some(({ object }) => accountOf(object) === jobsAccount(ctx))
      ? [serviceAccount(ctx, "expand", "jobs")]
      : []),
    ...(contracting.length === 0
      ? []
      : permissions(
          ctx,
          "expand",
          "pods-reader",
          rules,
          [...new Set(contracting)].map((name) => here(ctx, name)),
        )),
  ];
}

/** The account of a Job; one that names none runs as `default`, which each namespace has. */
const accountOf = ({ spec }: KubernetesObject): string =>
  (spec as { template: { spec: { serviceAccountName?: string } } }).template.spec.serviceAccountName ?? "default";

const here = ({ namespace }: Context, name: string) => ({ name, namespace });

/** What these accounts may do in the namespace of the instance. */
export function permissions(
  ctx: Context,
  phase: Phase,
  role: string,
  rules: readonly IPolicyRule[],
  subjects: readonly { readonly name: string; readonly namespace: string }[],
): Placed[] {
  const metadata = { name: objectName(ctx, role), labels: labels(ctx, role) };
  return [
    placed(phase, Role({ metadata, rules: [...rules] })),
    placed(
      phase,
      RoleBinding({
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
        subjects: subjects.map(({ name, namespace }) => ({ kind: "ServiceAccount", name, namespace })),
      }),
    ),
  ];
}
