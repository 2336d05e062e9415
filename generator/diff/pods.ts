import { isMap } from "../base/data.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";

/** What the API server knows of the pods of a workload. */
export interface Workload {
  readonly kind: string;
  /** Undefined where an autoscaler or the nodes decide. */
  readonly replicas: number | undefined;
  /** Seconds that the replacement of all takes at least; undefined where the number of pods is not known. */
  readonly least: number | undefined;
  readonly recreates: boolean;
  /** Nodes or pods that are replaced at a time. */
  readonly atOnce: number | string;
}

type Values = Readonly<Record<string, unknown>>;
const mapAt = (value: unknown, ...keys: readonly string[]): Values => {
  const found = keys.reduce<unknown>((node, key) => (isMap(node) ? node[key] : undefined), value);
  return isMap(found) ? found : {};
};
const numberAt = (value: Values, key: string): number => Number(value[key] ?? 0);
const listAt = (value: Values, key: string): Values[] => (Array.isArray(value[key]) ? value[key].filter(isMap) : []);

/** Pod template of a workload, a Job or a CronJob. */
export const podOf = ({ spec }: KubernetesObject): Values =>
  isMap(spec) && isMap(spec.jobTemplate)
    ? mapAt(spec, "jobTemplate", "spec", "template", "spec")
    : mapAt(spec, "template", "spec");

/** Containers of a pod, those that prepare it first. */
const containersOf = (pod: Values): Values[] => [...listAt(pod, "initContainers"), ...listAt(pod, "containers")];

export function workloadOf({ kind, spec: given }: KubernetesObject): Workload {
  const spec = isMap(given) ? given : {};
  const replicas =
    typeof spec.replicas === "number" ? spec.replicas : kind === "StatefulSet" && !("replicas" in spec) ? 1 : undefined;
  const pod = mapAt(spec, "template", "spec");
  const ready = readyAfter(pod) + numberAt(spec, "minReadySeconds");
  const recreates = mapAt(spec, "strategy").type === "Recreate";
  const { maxSurge = 1, maxUnavailable = kind === "DaemonSet" ? 1 : 0 } = mapAt(
    spec,
    kind === "DaemonSet" ? "updateStrategy" : "strategy",
    "rollingUpdate",
  ) as { maxSurge?: number | string; maxUnavailable?: number | string };
  const workload = { kind, replicas, recreates };
  if (kind === "DaemonSet") return { ...workload, least: undefined, atOnce: maxUnavailable };
  if (replicas === undefined) return { ...workload, least: undefined, atOnce: 1 };
  // An old pod of a StatefulSet has ended before a new one of its name starts.
  if (kind === "StatefulSet") return { ...workload, least: replicas * (endsAfter(pod) + ready), atOnce: 1 };
  if (recreates) return { ...workload, least: replicas === 0 ? 0 : endsAfter(pod) + ready, atOnce: replicas };
  const atOnce = Math.max(1, share(maxSurge, replicas, Math.ceil) + share(maxUnavailable, replicas, Math.floor));
  return { ...workload, least: Math.ceil(replicas / atOnce) * ready, atOnce };
}

/** A number, or a part of the replicas: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge */
const share = (value: number | string, replicas: number, round: (value: number) => number): number =>
  typeof value === "number" ? value : round((Number.parseInt(value, 10) * replicas) / 100);

/**
 * Seconds until a pod is ready at the earliest: a probe first asks after its initial delay, and as often as it has to succeed. The
 * readiness probe begins when the startup probe has succeeded.
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 */
const readyAfter = (pod: Values): number =>
  Math.max(
    0,
    ...listAt(pod, "containers").map((container) =>
      ["startupProbe", "readinessProbe"]
        .map((name) => mapAt(container, name))
        .reduce((sum, probe) => {
          const again = Math.max(0, numberAt(probe, "successThreshold") - 1) * (numberAt(probe, "periodSeconds") || 10);
          return sum + numberAt(probe, "initialDelaySeconds") + again;
        }, 0),
    ),
  );

/** Seconds until a pod has ended at the earliest: those that it sleeps before it is told to end. */
const endsAfter = (pod: Values): number =>
  Math.max(
    0,
    ...listAt(pod, "containers").map((container) =>
      numberAt(mapAt(container, "lifecycle", "preStop", "sleep"), "seconds"),
    ),
  );

/** How pods of a workload read something: `mounts` see a change where they are, `variables` do not. */
export type Reading = "variables" | "mounts";

/** How a pod reads a ConfigMap or a Secret of this name; undefined where it does not. */
export function readingOf(pod: Values, kind: "ConfigMap" | "Secret", name: string): Reading | undefined {
  const [key, from, volume, field] =
    kind === "Secret"
      ? (["secretKeyRef", "secretRef", "secret", "secretName"] as const)
      : (["configMapKeyRef", "configMapRef", "configMap", "name"] as const);
  const isRead = (value: Values, ref: string) => mapAt(value, ref).name === name;
  const containers = containersOf(pod);
  const inVariables = containers.some(
    (container) =>
      listAt(container, "env").some((variable) => isRead(mapAt(variable, "valueFrom"), key)) ||
      listAt(container, "envFrom").some((source) => isRead(source, from)),
  );
  if (inVariables) return "variables";
  const volumes = listAt(pod, "volumes");
  const isMounted = volumes.some(
    (each) =>
      mapAt(each, volume)[field] === name ||
      listAt(mapAt(each, "projected"), "sources").some((source) => isRead(source, volume)),
  );
  if (!isMounted) return undefined;
  // A file that is mounted by subPath never changes.
  const isCopy = containers.some((container) =>
    listAt(container, "volumeMounts").some(
      (mount) =>
        mount.subPath !== undefined &&
        volumes.some((each) => each.name === mount.name && mapAt(each, volume)[field] === name),
    ),
  );
  return isCopy ? "variables" : "mounts";
}
