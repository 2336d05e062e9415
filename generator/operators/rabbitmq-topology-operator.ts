import type { Operator } from "./operator.ts";
import { outlivingHosts, trusting, withoutNamespace } from "./patches.ts";

const version = "1.20.1";
const image = "ghcr.io/rabbitmq/messaging-topology-operator";
const deployment = "messaging-topology-operator";
const namespace = "rabbitmq-system";

const broker = "rabbitmqClusterReference";
const fixed = (...fields: readonly string[]): string[] => fields.map((field) => `spec.${field}`);
const anew = "Delete the object, and the engine makes it again. Until then its clients have no access.";

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
  // What its webhooks refuse: https://github.com/rabbitmq/messaging-topology-operator/tree/v1.20.1/internal/webhook
  resources: {
    "rabbitmq.com/Permission": { createOnly: fixed("user", "userReference", "vhost", broker), instead: anew },
    "rabbitmq.com/Policy": { createOnly: fixed("name", "vhost", broker), instead: anew },
    "rabbitmq.com/User": { createOnly: fixed(broker), instead: anew },
    "rabbitmq.com/Vhost": {
      createOnly: fixed("name", broker),
      instead: "Delete the object, which leaves the virtual host (deletionPolicy: retain): the engine makes it again.",
    },
  },
};
