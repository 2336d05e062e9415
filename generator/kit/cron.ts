import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { KindOrGroup } from "../contract/connection.ts";
import type { Context, Resources } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { connectionEnvironment, databases } from "./connection-environment.ts";
import { apiByName } from "./ip.ts";
import { jobResources } from "./job.ts";
import { labels, objectName, placed } from "./names.ts";
import { CronJob } from "./objects.ts";
import { configuration, container, podTemplate, resources, scratch } from "./pod.ts";
import { serviceAccountName } from "./service-account.ts";
import { certificates } from "./tls.ts";
import { type Extras, extraSecrets } from "./workload.ts";

interface CronParts extends Extras {
  readonly command: readonly string[];
  readonly resources?: Resources;
  /** Connections that it uses; default: the databases. */
  readonly connections?: readonly KindOrGroup[];
  /** It talks to the Kubernetes API, with a service account of its own. */
  readonly callsKubernetes?: boolean;
}

/** A cron of the header, one run at a time. */
export function cron(ctx: Context, role: string, parts: CronParts): Placed {
  const { connections = databases(ctx), callsKubernetes = false } = parts;
  const config = configuration(ctx);
  const tls = certificates(ctx, "client", connections);
  const tmp = scratch("tmp", "/tmp", "64Mi");
  const template = podTemplate(ctx, {
    role,
    containers: [
      container({
        name: role,
        image: ctx.image(),
        command: [...parts.command],
        env: [
          ...connectionEnvironment(ctx, connections),
          ...(callsKubernetes ? [...withoutProxy, ...apiByName(ctx)] : []),
          ...(parts.environment ?? []),
          ...extraSecrets(ctx),
        ],
        envFrom: [{ configMapRef: { name: ctx.configMaps.environment } }],
        resources: resources(ctx, role, parts.resources ?? jobResources),
        volumeMounts: [...config.mounts, ...tls.mounts, tmp.mount, ...(parts.mounts ?? [])],
      }),
    ],
    volumes: [...config.volumes, ...tls.volumes, tmp.volume, ...(parts.volumes ?? [])],
    serviceAccount: callsKubernetes ? objectName(ctx, role) : serviceAccountName(ctx),
    token: callsKubernetes,
    restartPolicy: "Never",
    spread: false,
    extras: false,
    connections,
    trusting: true,
  });
  return cronJob(ctx, role, template);
}

/** The object of a cron of the header, with the pods of this template. */
export const cronJob = (ctx: Context, role: string, template: IPodTemplateSpec): Placed =>
  placed(
    "run",
    CronJob({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      spec: {
        concurrencyPolicy: "Forbid",
        failedJobsHistoryLimit: 1,
        startingDeadlineSeconds: 600,
        successfulJobsHistoryLimit: 1,
        ...ctx.schedule(role),
        jobTemplate: { spec: { activeDeadlineSeconds: 3600, backoffLimit: 2, template } },
      },
    }),
  );

/**
 * The API server has an address and no name, and urllib takes no network of `no_proxy` for one: a proxy would be asked for it.
 * https://docs.python.org/3/library/urllib.request.html#urllib.request.ProxyHandler
 */
const withoutProxy = [{ name: "no_proxy", value: "*" }];
