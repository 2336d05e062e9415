import type { IPolicyRule } from "kubernetes-models/rbac.authorization.k8s.io/v1/PolicyRule";
import { Role } from "kubernetes-models/rbac.authorization.k8s.io/v1/Role";
import { RoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding";
import { ServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { Context } from "../contract/context.ts";
import type { Phase, Placed } from "../contract/kubernetes.ts";
import { labels, objectName, placed } from "./names.ts";

/** Name of the service account of an instance's services. */
export const serviceAccountName = (ctx: Context): string => objectName(ctx);

/** Service account without a token; image pull Secrets hang here, once for all pods of the phase. */
export const serviceAccount = (ctx: Context, phase: Phase, role?: string): Placed =>
  placed(
    phase,
    new ServiceAccount({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      automountServiceAccountToken: false,
      ...(ctx.pod.pullSecrets === undefined ? {} : { imagePullSecrets: ctx.pod.pullSecrets.map((name) => ({ name })) }),
    }),
  );

/** Service account of one program that talks to the Kubernetes API, and what it may do in its own namespace. */
export function apiAccount(ctx: Context, phase: Phase, role: string, rules: readonly IPolicyRule[]): Placed[] {
  const metadata = { name: objectName(ctx, role), labels: labels(ctx, role) };
  return [
    serviceAccount(ctx, phase, role),
    placed(phase, new Role({ metadata, rules: [...rules] })),
    placed(
      phase,
      new RoleBinding({
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
        subjects: [{ kind: "ServiceAccount", name: metadata.name, namespace: ctx.namespace }],
      }),
    ),
  ];
}
