import type { Operator } from "./operator.ts";
import { outlivingHosts } from "./patches.ts";

const version = "2.20.0";
const image = "ghcr.io/rabbitmq/cluster-operator";

/** Runs RabbitMQ brokers. */
export const rabbitmqClusterOperator: Operator = {
  name: "rabbitmq-cluster-operator",
  title: "RabbitMQ's cluster operator",
  namespace: "rabbitmq-system",
  source: {
    type: "git",
    repository: "https://github.com/rabbitmq/cluster-operator",
    tag: `v${version}`,
    path: "config/installation",
    images: [{ name: image, newTag: version }],
    patches: (site) => [outlivingHosts("rabbitmq-cluster-operator", site)],
  },
  deployments: ["rabbitmq-cluster-operator"],
  images: [`${image}:${version}`],
  resources: {
    "rabbitmq.com/RabbitmqCluster": {
      // Its StatefulSet is <name>-server, and pods of a StatefulSet carry a label with 11 characters more.
      longestName: 45,
      suffixes: ["nodes", "server", "default-user", "erlang-cookie", "plugins-conf", "server-conf"],
      replicas: "spec/replicas",
      images: ["spec/image"],
      health: (name) => ({ apiVersion: "apps/v1", kind: "StatefulSet", name: `${name}-server` }),
    },
  },
};
