import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Kind } from "../contract/connection.ts";
import type { Context, Resources } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { connectionEnvironment } from "./connection-environment.ts";
import { labels, objectName, placed, selector } from "./names.ts";
import { lockPath } from "./oslo.ts";
import { configuration, container, fromSecret, podTemplate, resources, scratch } from "./pod.ts";
import { serviceAccountName } from "./service-account.ts";
import { internalCertificates } from "./tls.ts";

/** Beyond the usual, what a workload's pod needs. */
export interface Extras {
  readonly environment?: readonly IEnvVar[];
  readonly volumes?: readonly IVolume[];
  readonly mounts?: readonly IVolumeMount[];
}

/** A program of a service that runs until it is told to end. */
export interface Program extends Extras {
  readonly resources: Resources;
  /** Seconds that what is under way may take when the pod is told to end. */
  readonly grace?: number;
  /** Size of /tmp. */
  readonly scratch?: string;
  /** Its processes take file locks. */
  readonly locks?: boolean;
  /** The old pod must be gone before the new one starts: it holds what two cannot share. */
  readonly recreate?: boolean;
  /** Connections that it uses; default: all. */
  readonly connections?: readonly Kind[];
}

/** Deployment of a program, its PodDisruptionBudget and, if wanted, autoscaling. `main` is what differs in its container. */
export function deployment(
  ctx: Context,
  role: string,
  parts: Program,
  main: Omit<IContainer, "name">,
  certificates: "client" | "server",
): Placed[] {
  const { replicas, autoscaling } = ctx.scaling(role);
  const config = configuration(ctx);
  const tls = internalCertificates(ctx, certificates);
  const tmp = scratch("tmp", "/tmp", parts.scratch ?? "256Mi");
  const locks = parts.locks ? [scratch("locks", lockPath(ctx), "16Mi")] : [];
  const program = container({
    ...main,
    name: role,
    image: ctx.image(),
    env: [...connectionEnvironment(ctx, parts.connections), ...(parts.environment ?? []), ...extraSecrets(ctx)],
    envFrom: [{ configMapRef: { name: ctx.configMaps.environment } }],
    resources: resources(ctx, role, parts.resources),
    volumeMounts: [
      ...config.mounts,
      ...tls.mounts,
      tmp.mount,
      ...locks.map(({ mount }) => mount),
      ...(parts.mounts ?? []),
    ],
  });
  return [
    placed(
      "run",
      new Deployment({
        metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
        spec: {
          ...(autoscaling === undefined ? { replicas } : {}),
          revisionHistoryLimit: 3,
          selector: { matchLabels: selector(ctx, role) },
          strategy: parts.recreate
            ? { type: "Recreate" }
            : { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, type: "RollingUpdate" },
          template: podTemplate(ctx, {
            role,
            containers: [program],
            volumes: [
              ...config.volumes,
              ...tls.volumes,
              tmp.volume,
              ...locks.map(({ volume }) => volume),
              ...(parts.volumes ?? []),
            ],
            serviceAccount: serviceAccountName(ctx),
            grace: (parts.grace ?? 60) + 15,
            ...(parts.connections === undefined ? {} : { connections: parts.connections }),
            trusting: true,
          }),
        },
      }),
    ),
    disruptionBudget(ctx, role),
    ...(autoscaling === undefined ? [] : [autoscaler(ctx, role)]),
  ];
}

/** One pod at a time may be evicted; an unready one always (it protects nothing and would block a drain). */
export const disruptionBudget = (
  ctx: Context,
  role: string,
  matchLabels: Record<string, string> = selector(ctx, role),
): Placed =>
  placed(
    "run",
    new PodDisruptionBudget({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      spec: { maxUnavailable: 1, selector: { matchLabels }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    }),
  );

function autoscaler(ctx: Context, role: string): Placed {
  const { minReplicas, maxReplicas, cpu } = ctx.scaling(role).autoscaling!;
  return placed(
    "run",
    new HorizontalPodAutoscaler({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      spec: {
        maxReplicas,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { averageUtilization: cpu, type: "Utilization" } } },
        ],
        minReplicas,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: objectName(ctx, role) },
      },
    }),
  );
}

/** Variables that the operator takes from Secrets. */
export const extraSecrets = (ctx: Context): IEnvVar[] =>
  Object.entries(ctx.pod.environmentFrom ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { secret, key }]) => fromSecret(name, secret, key));
