import type { Program } from "../cluster/programs.ts";

/** Flux's controller of Helm charts, and the operators at the versions that production installs; cert-manager's 1.21 asks for a module that is not served. */
export const operatorPrograms = {
  helmController: { name: "helm-controller", module: "github.com/fluxcd/helm-controller", version: "v1.6.2" },
  mariadbOperator: {
    name: "mariadb-operator",
    module: "github.com/mariadb-operator/mariadb-operator/v25",
    version: "v25.10.4",
    package: "cmd/controller",
  },
  rabbitmqClusterOperator: {
    name: "cluster-operator",
    module: "github.com/rabbitmq/cluster-operator/v2",
    version: "v2.20.0",
    package: "cmd",
  },
  rabbitmqTopologyOperator: {
    name: "messaging-topology-operator",
    module: "github.com/rabbitmq/messaging-topology-operator",
    version: "v1.20.1",
    package: "cmd",
    replace: ["github.com/rabbitmq/cluster-operator/v2 => github.com/rabbitmq/cluster-operator/v2 v2.20.0"],
  },
  certManager: {
    name: "cert-manager",
    module: "github.com/cert-manager/cert-manager",
    version: "v1.20.2",
    main: "test/openstack/cert-manager/main.go",
  },
} as const satisfies Record<string, Program>;
