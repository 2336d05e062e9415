import { groupAndKind, resources } from "../operators/index.ts";

// What Kustomize must know beyond its built-in tables. It becomes the `configurations:` of every base, and drives our own
// simulation. Overlays inherit it, so `replicas:`, `images:`, `labels:` and `nameSuffix:` reach custom resources, too.

/** A field of a kind, as the tables of Kustomize name it. */
export interface FieldSpec {
  readonly group?: string;
  readonly kind?: string;
  readonly path: string;
  readonly create?: boolean;
}

/** The fields that name objects of a kind. */
export interface NameReference {
  readonly kind: string;
  readonly group?: string;
  readonly fieldSpecs: readonly FieldSpec[];
}

const podPaths: readonly { kind: string; group: string; template: string }[] = [
  { kind: "Deployment", group: "apps", template: "spec/template" },
  { kind: "StatefulSet", group: "apps", template: "spec/template" },
  { kind: "DaemonSet", group: "apps", template: "spec/template" },
  { kind: "Job", group: "batch", template: "spec/template" },
  { kind: "CronJob", group: "batch", template: "spec/jobTemplate/spec/template" },
];
const inPods = (path: string): FieldSpec[] =>
  podPaths.map(({ kind, group, template }) => ({ group, kind, path: `${template}/spec/${path}` }));
const inContainers = (path: string): FieldSpec[] => [
  ...inPods(`containers/${path}`),
  ...inPods(`initContainers/${path}`),
];

/**
 * References that Kustomize 5.8 follows by itself, as far as our objects have them:
 * https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/konfig/builtinpluginconsts/namereference.go
 */
export const builtInReferences: readonly NameReference[] = [
  {
    kind: "ConfigMap",
    fieldSpecs: [
      ...inPods("volumes/configMap/name"),
      ...inPods("volumes/projected/sources/configMap/name"),
      ...inContainers("env/valueFrom/configMapKeyRef/name"),
      ...inContainers("envFrom/configMapRef/name"),
    ],
  },
  {
    kind: "ServiceAccount",
    fieldSpecs: [
      ...inPods("serviceAccountName"),
      { group: "rbac.authorization.k8s.io", kind: "RoleBinding", path: "subjects/name" },
    ],
  },
  { kind: "Role", fieldSpecs: [{ group: "rbac.authorization.k8s.io", kind: "RoleBinding", path: "roleRef/name" }] },
  { kind: "PersistentVolumeClaim", fieldSpecs: inPods("volumes/persistentVolumeClaim/claimName") },
  {
    kind: "Deployment",
    fieldSpecs: [{ group: "autoscaling", kind: "HorizontalPodAutoscaler", path: "spec/scaleTargetRef/name" }],
  },
  {
    kind: "StatefulSet",
    fieldSpecs: [{ group: "autoscaling", kind: "HorizontalPodAutoscaler", path: "spec/scaleTargetRef/name" }],
  },
  { kind: "Service", fieldSpecs: [{ group: "apps", kind: "StatefulSet", path: "spec/serviceName" }] },
];

/** References between custom resources, which we teach it. */
export const ownReferences: readonly NameReference[] = referencesIn(
  resources.flatMap(({ group, kind, resource: { references = {} } }) =>
    Object.entries(references).map(([path, target]) => ({ target, from: { group, kind, path } })),
  ),
);

/** Grouped by what is named, as Kustomize wants them. */
function referencesIn(list: readonly { readonly target: string; readonly from: FieldSpec }[]): NameReference[] {
  return [...new Set(list.map(({ target }) => target))].map((id) => {
    const { group, kind } = groupAndKind(id);
    return {
      kind,
      ...(group === "" ? {} : { group }),
      fieldSpecs: list.filter(({ target }) => target === id).map(({ from }) => from),
    };
  });
}

/** Where the label of the instance stands, in addition to metadata/labels; used by `labels:` of a second instance. */
export const labelPaths: readonly FieldSpec[] = [
  { kind: "Service", path: "spec/selector" },
  ...podPaths
    .filter(({ group }) => group === "apps")
    .map(({ kind, group }) => ({ group, kind, path: "spec/selector/matchLabels" })),
  ...podPaths.map(({ kind, group, template }) => ({ group, kind, path: `${template}/metadata/labels` })),
  ...podPaths.flatMap(({ kind, group, template }) => [
    {
      group,
      kind,
      path: `${template}/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
    },
    { group, kind, path: `${template}/spec/topologySpreadConstraints/labelSelector/matchLabels` },
  ]),
  { group: "policy", kind: "PodDisruptionBudget", path: "spec/selector/matchLabels" },
  { group: "networking.k8s.io", kind: "NetworkPolicy", path: "spec/podSelector/matchLabels" },
];

/** Replica counts in custom resources. */
export const replicaPaths: readonly FieldSpec[] = resources.flatMap(({ group, kind, resource: { replicas } }) =>
  replicas === undefined ? [] : [{ group, kind, path: replicas }],
);
/** Replica counts that Kustomize knows. */
export const builtInReplicaPaths: readonly FieldSpec[] = [
  { group: "apps", kind: "Deployment", path: "spec/replicas" },
  { group: "apps", kind: "StatefulSet", path: "spec/replicas" },
];

/** Images in custom resources. */
export const imagePaths: readonly FieldSpec[] = resources.flatMap(({ group, kind, resource: { images = [] } }) =>
  images.map((path) => ({ group, kind, path })),
);
