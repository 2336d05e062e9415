/** How an operator is installed: by its own chart or its own manifests, at one version; nothing of it is copied. */
export interface Operator {
  readonly name: string;
  readonly namespace: string;
  /** Operators that must be there first. */
  readonly after: readonly string[];
  readonly source: ChartSource | ManifestSource;
  /** Deployments that are up when it works. */
  readonly deployments: readonly string[];
}
interface ChartSource {
  readonly type: "helm" | "oci";
  readonly repository: string;
  readonly charts: readonly {
    readonly name: string;
    readonly version: string;
    readonly values?: (scale: Scale) => object;
    readonly crds?: boolean;
  }[];
}
interface ManifestSource {
  readonly type: "git";
  readonly repository: string;
  readonly tag: string;
  readonly path: string;
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
}
/** What the values depend on. */
export interface Scale {
  readonly production: boolean;
  readonly dns: string;
}

const restricted = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
  podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
};

/** The operators, in the order in which they can be installed. */
export const operators: readonly Operator[] = [
  {
    name: "cert-manager",
    namespace: "cert-manager",
    // Its Gateway support looks for the Gateway API when it starts.
    after: ["envoy-gateway"],
    source: {
      type: "oci",
      repository: "oci://quay.io/jetstack/charts",
      charts: [
        {
          name: "cert-manager",
          version: "v1.21.2",
          crds: true,
          values: ({ production }) => ({
            cainjector: { podDisruptionBudget: { enabled: production }, replicaCount: production ? 2 : 1 },
            config: {
              apiVersion: "controller.config.cert-manager.io/v1alpha1",
              enableGatewayAPI: true,
              kind: "ControllerConfiguration",
            },
            crds: { enabled: true, keep: true },
            podDisruptionBudget: { enabled: production },
            replicaCount: production ? 2 : 1,
            webhook: { podDisruptionBudget: { enabled: production }, replicaCount: production ? 3 : 1 },
          }),
        },
      ],
    },
    deployments: ["cert-manager", "cert-manager-webhook"],
  },
  {
    name: "envoy-gateway",
    namespace: "envoy-gateway-system",
    after: [],
    source: {
      type: "oci",
      repository: "oci://docker.io/envoyproxy",
      charts: [
        {
          name: "gateway-helm",
          version: "v1.9.1",
          crds: true,
          values: ({ production, dns }) => ({
            deployment: { replicas: production ? 2 : 1 },
            kubernetesClusterDomain: dns,
            podDisruptionBudget: { minAvailable: production ? 1 : 0 },
          }),
        },
      ],
    },
    deployments: ["envoy-gateway"],
  },
  {
    name: "mariadb-operator",
    namespace: "mariadb-system",
    after: [],
    source: {
      type: "helm",
      repository: "https://helm.mariadb.com/mariadb-operator",
      charts: [
        { name: "mariadb-operator-crds", version: "25.10.4", crds: true },
        {
          name: "mariadb-operator",
          version: "25.10.4",
          values: ({ production, dns }) => ({
            ...restricted,
            certController: {
              ...restricted,
              ha: { enabled: production, replicas: 2 },
              pdb: { enabled: production, maxUnavailable: 1 },
            },
            clusterName: dns,
            crds: { enabled: false },
            ha: { enabled: production, replicas: 2 },
            pdb: { enabled: production, maxUnavailable: 1 },
            // While the webhook is away nothing of its group can be applied.
            webhook: {
              ...restricted,
              ha: { enabled: production, replicas: 3 },
              pdb: { enabled: production, maxUnavailable: 1 },
            },
          }),
        },
      ],
    },
    deployments: ["mariadb-operator", "mariadb-operator-webhook"],
  },
  {
    name: "rabbitmq-cluster-operator",
    namespace: "rabbitmq-system",
    after: [],
    source: {
      type: "git",
      repository: "https://github.com/rabbitmq/cluster-operator",
      tag: "v2.20.0",
      path: "config/installation",
      images: [{ name: "ghcr.io/rabbitmq/cluster-operator", newTag: "2.20.0" }],
    },
    deployments: ["rabbitmq-cluster-operator"],
  },
  {
    name: "rabbitmq-topology-operator",
    namespace: "rabbitmq-system",
    after: ["cert-manager", "rabbitmq-cluster-operator"],
    source: {
      type: "git",
      repository: "https://github.com/rabbitmq/messaging-topology-operator",
      tag: "v1.20.1",
      path: "config/installation",
      images: [{ name: "ghcr.io/rabbitmq/messaging-topology-operator", newTag: "1.20.1" }],
    },
    deployments: ["messaging-topology-operator"],
  },
];

/** An operator by name; an unknown name is a defect of the catalogue. */
export function operatorNamed(name: string): Operator {
  const operator = operators.find((item) => item.name === name);
  if (operator === undefined) throw new Error(`no operator is called ${name}`);
  return operator;
}

/** The wanted operators with what they need, in installation order. */
export function withRequired(names: readonly string[]): readonly Operator[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    if (wanted.has(name)) return;
    // cert-manager follows Envoy Gateway only where both are there.
    if (name !== "cert-manager") for (const before of operatorNamed(name).after) add(before);
    wanted.add(name);
  };
  for (const name of [...names].sort()) add(name);
  return operators.filter(({ name }) => wanted.has(name));
}
