import type { Operator } from "./operator.ts";
import { outlivingHosts, trusting, withoutNamespace } from "./patches.ts";

const version = "1.20.1";
const image = "ghcr.io/rabbitmq/messaging-topology-operator";
const deployment = "messaging-topology-operator";
const namespace = "rabbitmq-system";

/** Makes virtual hosts, users and permissions in RabbitMQ brokers. */
export const rabbitmqTopologyOperator: Operator = {
  name: "rabbitmq-topology-operator",
  title: "RabbitMQ's topology operator",
  namespace,
  requires: ["cert-manager", "rabbitmq-cluster-operator"],
  source: {
    type: "git",
    repository: "https://github.com/rabbitmq/messaging-topology-operator",
    tag: `v${version}`,
    path: "config/installation",
    images: [{ name: image, newTag: version }],
    patches: (site) => [
      outlivingHosts(deployment, site),
      // Both operators of RabbitMQ bring the namespace; two Applications that claim one object are never in sync.
      ...(site.existing.includes("rabbitmq-cluster-operator") ? [] : [withoutNamespace(namespace)]),
      ...(site.trust === undefined ? [] : [trusting(deployment, "manager", site.trust)]),
    ],
  },
  deployments: [deployment],
  images: [`${image}:${version}`],
  trustsInternalCa: true,
  resources: {},
};
