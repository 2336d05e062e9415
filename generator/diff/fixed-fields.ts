import type { KubernetesObject } from "../contract/kubernetes.ts";
import { resourceOf } from "../operators/index.ts";
import type { Field } from "./fields.ts";
import type { RuleName } from "./rules.ts";

/** Fields that cannot change where they are, and the way round. */
export interface FixedFields {
  readonly rule: RuleName & ("fixed-field" | "create-only");
  readonly paths: readonly string[];
  /** What to do instead, in sentences. */
  readonly instead: string;
}

interface Guard {
  readonly kind: string;
  /** Paths that are fixed. */
  readonly fixed: RegExp;
  /** Of which objects; absent: of all. */
  readonly of?: (before: KubernetesObject) => boolean;
  readonly instead: string;
}

/**
 * Rolls as the server fills in, for nobody wrote how. What it filled in stays when another strategy is applied, and that strategy does
 * not allow it: https://github.com/kubernetes/kubernetes/issues/24198.
 */
const rollsByDefault =
  (field: "strategy" | "updateStrategy") =>
  ({ spec }: KubernetesObject): boolean => {
    const { type = "RollingUpdate", rollingUpdate } = ((spec as Record<string, unknown>)[field] ?? {}) as {
      type?: string;
      rollingUpdate?: object;
    };
    return type === "RollingUpdate" && rollingUpdate === undefined;
  };

/** https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/apps/validation/validation.go and those beside it. */
const guards: readonly Guard[] = [
  {
    kind: "StatefulSet",
    fixed: /^spec\.volumeClaimTemplates\b/,
    instead:
      "Enlarge each volume claim, then delete the StatefulSet and leave its pods: kubectl delete statefulset NAME --cascade=orphan. The engine makes it again.",
  },
  {
    kind: "StatefulSet",
    fixed:
      /^spec\.(?!(?:minReadySeconds|ordinals|persistentVolumeClaimRetentionPolicy|replicas|revisionHistoryLimit|template|updateStrategy|volumeClaimTemplates)\b)/,
    instead:
      "Delete the StatefulSet and leave its pods: kubectl delete statefulset NAME --cascade=orphan. The engine makes it again.",
  },
  {
    kind: "StatefulSet",
    fixed: /^spec\.updateStrategy(?:\.type)?$/,
    of: rollsByDefault("updateStrategy"),
    instead:
      "Write updateStrategy.rollingUpdate: { partition: 0 } in a commit of its own, and the other type in the next one.",
  },
  {
    kind: "Deployment",
    fixed: /^spec\.strategy(?:\.type)?$/,
    of: rollsByDefault("strategy"),
    instead:
      "Write strategy.rollingUpdate: { maxSurge: 1 } in a commit of its own, and the other type in the next one.",
  },
  {
    kind: "Deployment",
    fixed: /^spec\.selector\b/,
    instead: "Delete the Deployment: the engine makes it again, and nobody serves until then.",
  },
  {
    kind: "DaemonSet",
    fixed: /^spec\.selector\b/,
    instead:
      "Delete the DaemonSet and leave its pods (--cascade=orphan): the engine makes it again. Then delete the old pods, one node after the other.",
  },
  {
    kind: "Job",
    fixed: /^spec\.(?!(?:activeDeadlineSeconds|backoffLimit|parallelism|suspend|ttlSecondsAfterFinished)\b)/,
    instead: "Delete the Job: the engine makes it again, and it runs.",
  },
  {
    kind: "PersistentVolumeClaim",
    fixed: /^spec\.(?!resources\.requests\b|volumeAttributesClassName\b)/,
    instead: "Make another claim, and copy the data.",
  },
  {
    kind: "StorageClass",
    fixed: /^(?:parameters|provisioner|reclaimPolicy|volumeBindingMode)\b/,
    instead: "Make a StorageClass of another name.",
  },
  { kind: "RoleBinding", fixed: /^roleRef\b/, instead: "Delete the RoleBinding: the engine makes it again." },
  { kind: "Service", fixed: /^spec\.clusterIPs?\b/, instead: "Delete the Service: the engine makes it again." },
];

/** Of the fields that differ, those that the API server or an operator refuses to change. */
export function fixedFields(before: KubernetesObject, fields: readonly Field[]): FixedFields[] {
  const own = guards
    .filter(({ kind, of }) => kind === before.kind && of?.(before) !== false)
    .flatMap(({ fixed, instead }): FixedFields[] => {
      const paths = outermost(fields.filter(({ path }) => fixed.test(path)).map(({ path }) => path));
      return paths.length === 0 ? [] : [{ rule: "fixed-field", paths, instead }];
    });
  const { createOnly = [], instead = "" } = resourceOf(before) ?? {};
  const paths = createOnly.filter((only) => fields.some(({ path }) => path === only || path.startsWith(`${only}.`)));
  return [...own, ...(paths.length === 0 ? [] : [{ rule: "create-only" as const, paths, instead }])];
}

/** `spec.volumeClaimTemplates[data].spec.resources` is said as `spec.volumeClaimTemplates`. */
const outermost = (paths: readonly string[]): string[] => [
  ...new Set(paths.map((path) => path.split(/[.[]/).slice(0, 2).join("."))),
];
