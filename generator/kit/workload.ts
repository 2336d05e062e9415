import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import { CronJob } from "kubernetes-models/batch/v1/CronJob";
import { Job } from "kubernetes-models/batch/v1/Job";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { Service } from "kubernetes-models/v1/Service";
import { ServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Kind } from "../contract/connection.ts";
import type { Context, Resources } from "../contract/context.ts";
import type { Phase, Placed } from "../contract/kubernetes.ts";
import { connectionEnvironment, jobEnvironment } from "./connection-environment.ts";
import { templateHash } from "./hash.ts";
import { jobWaves, labels, objectName, placed, selector } from "./names.ts";
import { lockPath } from "./oslo.ts";
import { configuration, container, fromSecret, podTemplate, resources, scratch, serviceAccountName } from "./pod.ts";
import { internalCertificates, speaksHttps } from "./tls.ts";

/** Beyond the usual, what a workload's pod needs. */
export interface Extras {
  readonly environment?: readonly IEnvVar[];
  readonly volumes?: readonly IVolume[];
  readonly mounts?: readonly IVolumeMount[];
}

interface Api extends Extras {
  readonly port: number;
  /** Answers without touching database or broker: fit for liveness. */
  readonly probe: string;
  readonly resources: Resources;
  /** Seconds that the longest request may take; the pod is given that time to drain. */
  readonly grace?: number;
  /** Size of /tmp. */
  readonly scratch?: string;
  /** Its processes take file locks. */
  readonly locks?: boolean;
  /** The pod holds a volume that only one node can mount: stop the old one before the new one starts. */
  readonly recreate?: boolean;
  readonly role?: string;
}

/** A WSGI API behind uwsgi: Deployment, Service, PodDisruptionBudget and, if wanted, autoscaling. */
export function api(ctx: Context, parts: Api): Placed[] {
  const role = parts.role ?? "api";
  const name = objectName(ctx, role);
  const meta = { name, labels: labels(ctx, role) };
  const { replicas, autoscaling } = ctx.scaling(role);
  const config = configuration(ctx);
  const tmp = scratch("tmp", "/tmp", parts.scratch ?? "256Mi");
  const locks = parts.locks ? [scratch("locks", lockPath(ctx), "16Mi")] : [];
  const certificates = internalCertificates(ctx, "server");
  const probe = {
    httpGet: { path: parts.probe, port: role, ...(speaksHttps(ctx) ? { scheme: "HTTPS" as const } : {}) },
  };
  const main = container({
    name: role,
    image: ctx.image(),
    command: ["uwsgi", "--ini", `/etc/${ctx.project}/uwsgi.ini`],
    env: [...connectionEnvironment(ctx), ...(parts.environment ?? []), ...extraSecrets(ctx)],
    envFrom: [{ configMapRef: { name: ctx.configMaps.environment } }],
    ports: [{ containerPort: parts.port, name: role, protocol: "TCP" }],
    resources: resources(ctx, role, parts.resources),
    startupProbe: { ...probe, failureThreshold: 60, periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: { ...probe, failureThreshold: 5, periodSeconds: 30, timeoutSeconds: 10 },
    readinessProbe: { ...probe, failureThreshold: 2, periodSeconds: 5, timeoutSeconds: 3 },
    // Endpoints are withdrawn while the server still answers; only then does it drain.
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
    volumeMounts: [
      ...config.mounts,
      ...certificates.mounts,
      tmp.mount,
      ...locks.map(({ mount }) => mount),
      ...(parts.mounts ?? []),
    ],
  });
  return [
    placed(
      "run",
      new Deployment({
        metadata: meta,
        spec: {
          ...(autoscaling === undefined ? { replicas } : {}),
          revisionHistoryLimit: 3,
          selector: { matchLabels: selector(ctx, role) },
          strategy: parts.recreate
            ? { type: "Recreate" }
            : { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, type: "RollingUpdate" },
          template: podTemplate(ctx, {
            role,
            containers: [main],
            volumes: [
              ...config.volumes,
              ...certificates.volumes,
              tmp.volume,
              ...locks.map(({ volume }) => volume),
              ...(parts.volumes ?? []),
            ],
            serviceAccount: serviceAccountName(ctx),
            grace: (parts.grace ?? 60) + 15,
            trusting: true,
          }),
        },
      }),
    ),
    placed(
      "run",
      new Service({
        metadata: meta,
        spec: {
          ports: [{ name: role, port: parts.port, protocol: "TCP", targetPort: role }],
          selector: selector(ctx, role),
          type: "ClusterIP",
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

interface JobParts extends Extras {
  readonly phase: Exclude<Phase, "run">;
  /** Run one after the other; the pod's log shows each under its name. */
  readonly steps: readonly {
    readonly name: string;
    readonly command: readonly string[];
    readonly image?: string;
    readonly environment?: readonly IEnvVar[];
  }[];
  /** Seconds after which the Job has failed. */
  readonly deadline?: number;
  /** Connections that it uses; default: the databases. */
  readonly connections?: readonly Kind[];
  readonly serviceAccount?: string;
  readonly token?: boolean;
}

/**
 * A Job that runs once for each different pod template: its name carries the template's hash, so an immutable Job is
 * never edited and neither engine runs it twice. It mounts no ConfigMap of the service: options do not re-run it. No
 * ttlSecondsAfterFinished: an engine would create the vanished Job again.
 */
export function job(ctx: Context, role: string, parts: JobParts): Placed {
  const { connections = ["database"] } = parts;
  const certificates = internalCertificates(ctx);
  const tmp = scratch("tmp", "/tmp", "64Mi");
  const steps = parts.steps.map((step) =>
    container({
      name: step.name,
      image: step.image ?? ctx.image(),
      command: [...step.command],
      env: [...jobEnvironment(ctx, connections), ...(parts.environment ?? []), ...(step.environment ?? [])],
      resources: resources(ctx, role, jobResources),
      volumeMounts: [...certificates.mounts, tmp.mount, ...(parts.mounts ?? [])],
    }),
  );
  const template = podTemplate(ctx, {
    role,
    initContainers: steps.slice(0, -1),
    containers: steps.slice(-1),
    volumes: [...certificates.volumes, tmp.volume, ...(parts.volumes ?? [])],
    serviceAccount: parts.serviceAccount ?? objectName(ctx, "jobs"),
    token: parts.token ?? false,
    restartPolicy: "Never",
    spread: false,
    extras: false,
    connections,
  });
  const spec = { activeDeadlineSeconds: parts.deadline ?? 1500, backoffLimit: 12, template };
  const object = new Job({
    metadata: { name: `${ctx.component}-${role}-${templateHash(spec)}${ctx.suffix}`, labels: labels(ctx, role) },
    spec,
  });
  return placed(parts.phase, object, jobWaves[parts.phase]);
}

const jobResources: Resources = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } };

interface CronParts extends Extras {
  readonly schedule: string;
  readonly command: readonly string[];
  readonly resources?: Resources;
  /** Connections that it uses; default: the databases. */
  readonly connections?: readonly Kind[];
  readonly serviceAccount?: string;
  readonly token?: boolean;
}

/** Housekeeping on a schedule, one run at a time. */
export function cron(ctx: Context, role: string, parts: CronParts): Placed {
  const { connections = ["database"] } = parts;
  const config = configuration(ctx);
  const certificates = internalCertificates(ctx);
  const tmp = scratch("tmp", "/tmp", "64Mi");
  const schedule = ctx.schedule(role, parts.schedule);
  return placed(
    "run",
    new CronJob({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      spec: {
        concurrencyPolicy: "Forbid",
        failedJobsHistoryLimit: 1,
        schedule: schedule === "" ? parts.schedule : schedule,
        startingDeadlineSeconds: 600,
        successfulJobsHistoryLimit: 1,
        suspend: schedule === "",
        jobTemplate: {
          spec: {
            activeDeadlineSeconds: 3600,
            backoffLimit: 2,
            template: podTemplate(ctx, {
              role,
              containers: [
                container({
                  name: role,
                  image: ctx.image(),
                  command: [...parts.command],
                  env: [...connectionEnvironment(ctx, connections), ...(parts.environment ?? []), ...extraSecrets(ctx)],
                  envFrom: [{ configMapRef: { name: ctx.configMaps.environment } }],
                  resources: resources(ctx, role, parts.resources ?? jobResources),
                  volumeMounts: [...config.mounts, ...certificates.mounts, tmp.mount, ...(parts.mounts ?? [])],
                }),
              ],
              volumes: [...config.volumes, ...certificates.volumes, tmp.volume, ...(parts.volumes ?? [])],
              serviceAccount: parts.serviceAccount ?? serviceAccountName(ctx),
              token: parts.token ?? false,
              restartPolicy: "Never",
              spread: false,
              extras: false,
              connections,
              trusting: true,
            }),
          },
        },
      },
    }),
  );
}

const extraSecrets = (ctx: Context): IEnvVar[] =>
  Object.entries(ctx.pod.environmentFrom ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { secret, key }]) => fromSecret(name, secret, key));

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
