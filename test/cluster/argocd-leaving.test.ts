import { argocd, flux } from "./engines.ts";
import { labOf } from "./lab.ts";
import { list } from "./observe.ts";
import { changesEngine, leavesOperators, removesSuspended } from "./scenarios/leaving.ts";

/* What Argo CD leaves: operators, an instance, and at last the whole cluster. */
const lab = labOf(argocd, (text) =>
  text
    .replace("keystone: {}", "keystone: { notifications: true }")
    // What serves the webhooks of RabbitMQ's operators has a certificate; its operator comes as a chart.
    .replace("operators: {", "operators: { cert-manager: existing,"),
);
removesSuspended(lab);
leavesOperators(lab, {
  names: ["rabbitmq-cluster-operator", "rabbitmq-topology-operator"],
  found: async (cluster) =>
    [...(await list(cluster, "deployments")), ...(await list(cluster, "namespaces"))].filter(
      ({ metadata: { name, namespace = name } }) => namespace === "rabbitmq-system",
    ),
  stay: ["Deployment messaging-topology-operator", "Deployment rabbitmq-cluster-operator", "Namespace rabbitmq-system"],
});
changesEngine(lab, flux);
