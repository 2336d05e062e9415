/**
 * What Kustomize must know beyond its built-in tables, once: this file writes the `configurations:` of every base, and
 * drives our own simulation. Overlays inherit it, so `replicas:`, `images:`, `labels:` and `nameSuffix:` reach custom
 * resources, too.
 */
export interface FieldSpec {
  readonly group?: string;
  readonly kind?: string;
  readonly path: string;
  readonly create?: boolean;
}
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

/** References that Kustomize 5.8 follows by itself, as far as our objects have them. */
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

/** References that we teach it. */
export const ownReferences: readonly NameReference[] = [
  {
    kind: "Service",
    fieldSpecs: [
      { group: "gateway.networking.k8s.io", kind: "BackendTLSPolicy", path: "spec/targetRefs/name" },
      { group: "gateway.networking.k8s.io", kind: "HTTPRoute", path: "spec/rules/backendRefs/name" },
    ],
  },
  {
    kind: "Gateway",
    group: "gateway.networking.k8s.io",
    fieldSpecs: [
      { group: "gateway.envoyproxy.io", kind: "BackendTrafficPolicy", path: "spec/targetRefs/name" },
      { group: "gateway.envoyproxy.io", kind: "ClientTrafficPolicy", path: "spec/targetRefs/name" },
    ],
  },
  {
    kind: "EnvoyProxy",
    group: "gateway.envoyproxy.io",
    fieldSpecs: [
      { group: "gateway.networking.k8s.io", kind: "Gateway", path: "spec/infrastructure/parametersRef/name" },
    ],
  },
  {
    kind: "MariaDB",
    group: "k8s.mariadb.com",
    fieldSpecs: [{ group: "k8s.mariadb.com", kind: "PhysicalBackup", path: "spec/mariaDbRef/name" }],
  },
];

/** Where the label of the instance stands, beside metadata/labels; used by `labels:` of a second instance. */
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
export const replicaPaths: readonly FieldSpec[] = [
  { group: "k8s.mariadb.com", kind: "MariaDB", path: "spec/replicas" },
  { group: "rabbitmq.com", kind: "RabbitmqCluster", path: "spec/replicas" },
];
/** Replica counts that Kustomize knows. */
export const builtInReplicaPaths: readonly FieldSpec[] = [
  { group: "apps", kind: "Deployment", path: "spec/replicas" },
  { group: "apps", kind: "StatefulSet", path: "spec/replicas" },
];

/** Images in custom resources. */
export const imagePaths: readonly FieldSpec[] = [
  { group: "k8s.mariadb.com", kind: "MariaDB", path: "spec/image" },
  { group: "k8s.mariadb.com", kind: "MariaDB", path: "spec/galera/agent/image" },
  { group: "k8s.mariadb.com", kind: "MariaDB", path: "spec/galera/initContainer/image" },
  { group: "rabbitmq.com", kind: "RabbitmqCluster", path: "spec/image" },
  {
    group: "gateway.envoyproxy.io",
    kind: "EnvoyProxy",
    path: "spec/provider/kubernetes/envoyDeployment/container/image",
  },
];

/** The `configurations:` file of a base. */
export const transformerConfiguration = (): object => ({
  images: imagePaths,
  labels: labelPaths,
  nameReference: ownReferences,
  replicas: replicaPaths,
});
