import type { IContainer } from "kubernetes-models/v1/Container";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { byKey } from "../base/data.ts";
import type { KindOrGroup } from "../contract/connection.ts";
import type { Context, Resources } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { connectionEnvironment } from "./connection-environment.ts";
import { type Front, frontContainer, frontPreparation, socketVolume } from "./front.ts";
import { labels, objectName, placed, selector } from "./names.ts";
import { Deployment, HorizontalPodAutoscaler, PodDisruptionBudget } from "./objects.ts";
import { optionVariables } from "./option-secrets.ts";
import { lockPath } from "./oslo.ts";
import { byRevision, configuration, container, fromSecret, podTemplate, resources, scratch } from "./pod.ts";
import { serviceAccountName } from "./service-account.ts";
import { certificates } from "./tls.ts";

/** Beyond the usual, what a workload's pod needs. */
export interface Extras {
  readonly environment?: readonly IEnvVar[];
  readonly volumes?: readonly IVolume[];
  readonly mounts?: readonly IVolumeMount[];
  /** Labels of the node that it must run on, beside those that cluster.yaml names. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
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
  /** Connections that it uses; default: all. */
  readonly connections?: readonly KindOrGroup[];
  /** Commands that run before it in each of its pods, one after the other, with all that it has. */
  readonly prepare?: Readonly<Record<string, readonly string[]>>;
  /** The server in front of it, and what its container has as the one that holds the port. */
  readonly front?: Front & { readonly holds: Parameters<typeof frontContainer>[3] };
}

/** What differs in the main container of a program. */
type MainContainer = Omit<IContainer, "name">;

/** Pod template of a program. `form`: it has the certificates of a client, or of a server. */
export function programTemplate(
  ctx: Context,
  role: string,
  parts: Program,
  main: MainContainer,
  form: "client" | "server",
): IPodTemplateSpec {
  const config = configuration(ctx);
  const tls = certificates(ctx, form, parts.connections);
  const tmp = scratch("tmp", "/tmp", parts.scratch ?? "256Mi");
  const locks = parts.locks ? [scratch("locks", lockPath(ctx), "16Mi")] : [];
  const { front } = parts;
  const sockets = front === undefined ? [] : [socketVolume()];
  const given = {
    image: ctx.image(),
    env: [...connectionEnvironment(ctx, parts.connections), ...(parts.environment ?? []), ...extraSecrets(ctx)],
    envFrom: [{ configMapRef: { name: ctx.configMaps.environment } }],
    resources: resources(ctx, role, parts.resources),
    volumeMounts: [
      ...config.mounts,
      ...tls.mounts,
      tmp.mount,
      ...locks.map(({ mount }) => mount),
      ...sockets.map(({ mount }) => mount),
      ...(parts.mounts ?? []),
    ],
  };
  return podTemplate(ctx, {
    role,
    initContainers: [
      ...Object.entries(parts.prepare ?? {}).map(([name, command]) =>
        container({ ...given, name, command: [...command] }),
      ),
      ...(front === undefined ? [] : frontPreparation(ctx, front)),
    ],
    containers: [
      container({ ...main, name: role, ...given }),
      ...(front === undefined
        ? []
        : [
            frontContainer(
              ctx,
              front,
              [config.mounts[0]!, ...tls.mounts, ...sockets.map(({ mount }) => mount)],
              front.holds,
            ),
          ]),
    ],
    volumes: [
      ...config.volumes,
      ...tls.volumes,
      tmp.volume,
      ...locks.map(({ volume }) => volume),
      ...sockets.map(({ volume }) => volume),
      ...(front?.volumes ?? []),
      ...(parts.volumes ?? []),
    ],
    serviceAccount: serviceAccountName(ctx),
    ...(parts.nodeSelector === undefined ? {} : { nodeSelector: parts.nodeSelector }),
    grace: (parts.grace ?? 60) + 15,
    ...(parts.connections === undefined ? {} : { connections: parts.connections }),
    trusting: true,
  });
}

/** Deployment of a program with its PodDisruptionBudget and, if wanted, autoscaling. */
export function deployment(
  ctx: Context,
  role: string,
  template: IPodTemplateSpec,
  { recreate = false, minReadySeconds }: { readonly recreate?: boolean; readonly minReadySeconds?: number } = {},
): Placed[] {
  return [
    placed(
      "run",
      Deployment({
        metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
        spec: {
          ...replicas(ctx, role),
          ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
          revisionHistoryLimit: 3,
          selector: { matchLabels: selector(ctx, role) },
          strategy: recreate
            ? { type: "Recreate" }
            : { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, type: "RollingUpdate" },
          template: { ...template, spec: byRevision(template.spec!) },
        },
      }),
    ),
    disruptionBudget(ctx, role),
    ...autoscaler(ctx, role, "Deployment"),
  ];
}

/** How many there are; nothing where an autoscaler decides. */
export const replicas = (ctx: Context, role: string): { replicas?: number } => {
  const { autoscaling, replicas: count } = ctx.scaling(role);
  return autoscaling === undefined && count !== undefined ? { replicas: count } : {};
};

/**
 * One pod at a time may be evicted; an unready one always, since it protects nothing and would block a drain:
 * https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy
 */
export const disruptionBudget = (
  ctx: Context,
  role: string,
  matchLabels: Record<string, string> = selector(ctx, role),
): Placed =>
  placed(
    "run",
    PodDisruptionBudget({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      spec: { maxUnavailable: 1, selector: { matchLabels }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    }),
  );

/** Scaling by load, where the operator asks for it. */
export function autoscaler(ctx: Context, role: string, kind: "Deployment" | "StatefulSet"): Placed[] {
  const { autoscaling } = ctx.scaling(role);
  if (autoscaling === undefined) return [];
  const { minReplicas, maxReplicas, cpu } = autoscaling;
  return [
    placed(
      "run",
      HorizontalPodAutoscaler({
        metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
        spec: {
          maxReplicas,
          metrics: [
            // Of the pod as a whole it would be unknown as soon as one container, a sidecar, requests no CPU:
            // https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#container-resource-metrics
            {
              type: "ContainerResource",
              containerResource: {
                name: "cpu",
                container: role,
                target: { averageUtilization: cpu, type: "Utilization" },
              },
            },
          ],
          minReplicas,
          scaleTargetRef: { apiVersion: "apps/v1", kind, name: objectName(ctx, role) },
        },
      }),
    ),
  ];
}

/** Variables from Secrets: options of the service's own, and what the operator takes from there. */
export const extraSecrets = (ctx: Context): IEnvVar[] => [
  ...optionVariables(ctx).map((variable) => fromSecret(...variable)),
  ...Object.entries(ctx.pod.environmentFrom ?? {})
    .sort(byKey)
    .map(([name, { secret, key }]) => fromSecret(name, secret, key)),
];
