import type { IContainer } from "kubernetes-models/v1/Container";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { KindOrGroup } from "../contract/connection.ts";
import type { Context, Resources } from "../contract/context.ts";
import type { Phase, Placed } from "../contract/kubernetes.ts";
import { databases, jobEnvironment } from "./connection-environment.ts";
import { templateHash } from "./hash.ts";
import { apiByName } from "./ip.ts";
import { jobWaves, labels, objectName, placed } from "./names.ts";
import { Job } from "./objects.ts";
import { container, podTemplate, resources, scratch } from "./pod.ts";
import { jobsAccount } from "./service-account.ts";
import { certificates } from "./tls.ts";
import { longestWait, oldPodsContainer, podsReaderVolume } from "./wait-for-old-pods.ts";
import type { Extras } from "./workload.ts";

interface JobParts extends Extras {
  readonly phase: Exclude<Phase, "run">;
  /** Run one after the other; the pod's log shows each under its name. */
  readonly steps: readonly {
    readonly name: string;
    readonly command: readonly string[];
    readonly image?: string;
    readonly environment?: readonly IEnvVar[];
  }[];
  /** Seconds after which the Job has failed; the wait for old pods comes on top. */
  readonly deadline?: number;
  /** Connections that it uses; default: the databases. */
  readonly connections?: readonly KindOrGroup[];
  /** It asks servers outside: the cluster's own authorities are added to the public ones. */
  readonly trusting?: boolean;
  /** It talks to the Kubernetes API, with a service account of its own. */
  readonly callsKubernetes?: boolean;
  /** Account of one that does not. Default: that of the instance's Jobs. */
  readonly serviceAccount?: string;
}

/**
 * A Job that runs once for each different pod template: its name carries the template's hash, so an immutable Job is
 * never edited and neither engine runs it twice. It mounts no ConfigMap of the service: options do not re-run it. No
 * ttlSecondsAfterFinished (https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/):
 * an engine would create the vanished Job again. One of the phase contract first waits until the
 * old pods have ended.
 */
export function job(ctx: Context, role: string, parts: JobParts): Placed {
  const { connections = databases(ctx), callsKubernetes = false, serviceAccount = jobsAccount(ctx) } = parts;
  const tls = certificates(ctx, "client", connections);
  const tmp = scratch("tmp", "/tmp", "64Mi");
  const isWaiting = parts.phase === "contract";
  const waits = isWaiting ? [waitForOldPods(ctx, role, parts.steps[0]!.image)] : [];
  const steps = parts.steps.map((step) =>
    container({
      name: step.name,
      image: step.image ?? ctx.image(),
      command: [...step.command],
      env: [
        ...jobEnvironment(ctx, connections),
        ...(callsKubernetes ? apiByName(ctx) : []),
        ...(parts.environment ?? []),
        ...(step.environment ?? []),
      ],
      resources: resources(ctx, role, jobResources),
      volumeMounts: [...tls.mounts, tmp.mount, ...(parts.mounts ?? [])],
    }),
  );
  const template = podTemplate(ctx, {
    role,
    initContainers: [...waits, ...steps.slice(0, -1)],
    containers: steps.slice(-1),
    volumes: [...tls.volumes, tmp.volume, ...(isWaiting ? [podsReaderVolume] : []), ...(parts.volumes ?? [])],
    serviceAccount: callsKubernetes ? objectName(ctx, role) : serviceAccount,
    token: callsKubernetes,
    restartPolicy: "Never",
    spread: false,
    extras: false,
    connections,
    trusting: parts.trusting ?? false,
  });
  const deadline = (parts.deadline ?? 1500) + (isWaiting ? longestWait : 0);
  const spec = { activeDeadlineSeconds: deadline, backoffLimit: 12, template };
  const object = Job({
    metadata: { name: `${ctx.component}-${role}-${templateHash(spec)}${ctx.suffix}`, labels: labels(ctx, role) },
    spec,
  });
  return placed(parts.phase, object, jobWaves[parts.phase]);
}

/** What a Job of the phase contract begins with: no request of the old code meets a schema that has lost something. */
const waitForOldPods = (ctx: Context, role: string, image = ctx.image()): IContainer =>
  container({ ...oldPodsContainer(image, ctx.family), resources: resources(ctx, role, jobResources) });

/**
 * A command that ends as if all were well when it was not, and says so in its output alone: now it fails where that has the words.
 * They stand between quotation marks of the shell, and are a regular expression of grep.
 */
export const failingAt = (words: string, command: string): string[] => [
  "sh",
  "-c",
  `${command} > /tmp/said 2>&1 || failed=1
cat /tmp/said
[ -z "$failed" ] && ! grep -q "${words}" /tmp/said`,
];

/** What a short program of a service takes that nobody measured. */
export const jobResources: Resources = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } };
