import type { IStatefulSetSpec } from "kubernetes-models/apps/v1/StatefulSetSpec";
import type { DataConstraint } from "../contract/component.ts";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { labels, objectName, placed, selector } from "./names.ts";
import { Service, StatefulSet } from "./objects.ts";
import { portService } from "./ports.ts";
import { canonicalQuantity } from "./quantity.ts";
import { volumeConstraints } from "./volume-constraints.ts";
import { minReadySeconds, type Worker, workerTemplate } from "./worker.ts";
import { autoscaler, disruptionBudget, replicas } from "./workload.ts";

/** A volume that each pod has for itself, and finds again when it comes back. */
export interface Claim {
  readonly name: string;
  readonly mountPath: string;
  readonly size: string;
  /** Default: the cluster's. */
  readonly storageClass?: string;
}

/**
 * A program whose pods keep their names, and with them their volumes and what others know them by: the oslo option `host`.
 * They start and end at once, not one after the other: none of them waits for another.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#parallel-pod-management
 */
export function stateful(ctx: Context, role: string, parts: Worker & { readonly claims: readonly Claim[] }): Placed[] {
  const pods = objectName(ctx, `${role}-pods`);
  const meta = { name: objectName(ctx, role), labels: labels(ctx, role) };
  const host = { name: "OS_DEFAULT__HOST", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } };
  const program = {
    ...parts,
    environment: [host, ...(parts.environment ?? [])],
    mounts: [
      ...(parts.mounts ?? []),
      ...parts.claims.map((claim) => ({ name: claim.name, mountPath: claim.mountPath })),
    ],
  };
  const spec: IStatefulSetSpec = {
    ...replicas(ctx, role),
    minReadySeconds,
    podManagementPolicy: "Parallel",
    revisionHistoryLimit: 3,
    selector: { matchLabels: selector(ctx, role) },
    serviceName: pods,
    template: workerTemplate(ctx, role, program),
    updateStrategy: { type: "RollingUpdate" },
    ...(parts.claims.length === 0
      ? {}
      : { volumeClaimTemplates: parts.claims.map((claim) => claimTemplate(ctx, claim)) }),
  };
  return [
    placed("run", StatefulSet({ metadata: meta, spec })),
    // The StatefulSet names its pods by it; who connects takes the Service of the port.
    placed(
      "run",
      Service({ metadata: { ...meta, name: pods }, spec: { clusterIP: "None", selector: selector(ctx, role) } }),
    ),
    ...(parts.endpoint === undefined ? [] : [portService(ctx, role, parts.endpoint)]),
    disruptionBudget(ctx, role),
    ...autoscaler(ctx, role, "StatefulSet"),
  ];
}

/**
 * What such volumes ask of every later edit. The API server changes no template of a StatefulSet's volumes, and its controller no
 * volume that is there: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates
 */
export const claimConstraints = (
  ctx: Context,
  what: string,
  { size, storageClass = ctx.storageClass }: Claim,
): DataConstraint[] =>
  volumeConstraints(
    what,
    size,
    storageClass,
    "The API server changes no volume of a StatefulSet: enlarge the volumes, commit, and let the StatefulSet be made again around its pods (docs/tasks/replicas.md says how).",
  );

/** What a StatefulSet makes the volume of each pod of. */
export const claimTemplate = (
  ctx: Context,
  { name, size, storageClass = ctx.storageClass }: Claim,
): NonNullable<IStatefulSetSpec["volumeClaimTemplates"]>[number] => ({
  metadata: { name },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: canonicalQuantity(size) } },
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
  },
});
