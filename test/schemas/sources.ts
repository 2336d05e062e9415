/** A folder of a Go module at one version. */
export interface ModuleFolder {
  readonly module: string;
  readonly version: string;
  readonly folder: string;
}

/** Kubernetes' own kinds, one OpenAPI file per group and version. */
export const kubernetes: ModuleFolder = {
  module: "k8s.io/kubernetes",
  version: "v1.36.3",
  folder: "api/openapi-spec/v3",
};

/** Where the custom resources' definitions are published; a kind that a generated tree uses must come from one of these. */
export const customResources: readonly ModuleFolder[] = [
  { module: "github.com/fluxcd/source-controller", version: "v1.9.5", folder: "config/crd/bases" },
  { module: "github.com/fluxcd/kustomize-controller", version: "v1.9.5", folder: "config/crd/bases" },
  { module: "github.com/fluxcd/helm-controller", version: "v1.6.2", folder: "config/crd/bases" },
  { module: "github.com/argoproj/argo-cd/v3", version: "v3.6.1", folder: "manifests/crds" },
  { module: "github.com/mariadb-operator/mariadb-operator/v25", version: "v25.10.4", folder: "config/crd/bases" },
  { module: "github.com/rabbitmq/cluster-operator/v2", version: "v2.20.0", folder: "config/crd/bases" },
  { module: "github.com/rabbitmq/messaging-topology-operator", version: "v1.20.1", folder: "config/crd/bases" },
  // The release that Envoy Gateway 1.9.1 installs and is built with.
  { module: "sigs.k8s.io/gateway-api", version: "v1.6.1", folder: "config/crd/standard" },
  {
    module: "github.com/envoyproxy/gateway",
    version: "v1.9.1",
    folder: "charts/gateway-helm/charts/crds/crds/generated",
  },
  { module: "github.com/external-secrets/external-secrets", version: "v1.3.2", folder: "config/crds/bases" },
  { module: "github.com/cert-manager/cert-manager", version: "v1.21.2", folder: "deploy/crds" },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    version: "v0.82.0",
    folder: "example/prometheus-operator-crd",
  },
  { module: "github.com/kubernetes-csi/external-snapshotter/client/v8", version: "v8.4.0", folder: "config/crd" },
  // The newest that is served whole; newer.ts lists what it does not know.
  { module: "github.com/rook/rook", version: "v1.15.0", folder: "deploy/examples" },
];

/** The linter of workflows, and the judge that they call; test/schemas/ci.test.ts. */
export const actionlint = { package: "github.com/rhysd/actionlint/cmd/actionlint", version: "v1.7.12" };
export const kubeconform = { package: "github.com/yannh/kubeconform/cmd/kubeconform", version: "v0.8.0" };

/** The linter of test/schemas/kube-score.test.ts, built from source by the go tool. */
export const kubeScore = { package: "github.com/zegl/kube-score/cmd/kube-score", version: "v1.20.0" };
