import { type KubernetesObject, ownerLabels } from "../contract/kubernetes.ts";
import type { Model } from "../model/model.ts";
import { operators } from "../operators/index.ts";

/**
 * Policies of the namespaces for pods of no instance: nothing may connect to them, and they may connect to nothing. Such pods are Jobs
 * of operators that only need a volume (mariadb-operator's that set a Galera cluster up or read how far a member has come), and what
 * others put there. Pods of instances have policies of their own, which come and go with them.
 */
export function namespacePolicies(model: Model): KubernetesObject[] {
  const { spec, instances, namespaces } = model;
  if (spec.internal.networkPolicies === "ingress") return [];
  const gateways = instances.filter(({ component }) => component.publishes).map(({ namespace }) => namespace);
  const { tls } = spec.access;
  const isIssued = typeof tls === "object" && "issuer" in tls;
  // Where an operator has its home its own pods are nobody's instance, and must connect to what they run.
  const homes = operators.map(({ namespace }) => namespace);
  return namespaces
    .filter(({ name }) => !homes.includes(name))
    .flatMap(({ name }) => [
      policy(name, "others", {
        podSelector: { matchExpressions: [{ key: "app.kubernetes.io/instance", operator: "DoesNotExist" }] },
        policyTypes: ["Ingress", "Egress"],
      }),
      ...(isIssued && gateways.includes(name) ? [solvers(name)] : []),
    ]);
}

/**
 * cert-manager lets a pod next to the Gateway answer the authority that asks whether a public name is ours:
 * https://cert-manager.io/docs/configuration/acme/http01/
 */
const solvers = (namespace: string): KubernetesObject =>
  policy(namespace, "acme-solvers", {
    podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
    policyTypes: ["Ingress"],
    ingress: [{ ports: [{ port: 8089, protocol: "TCP" }] }],
  });

const policy = (namespace: string, name: string, spec: object): KubernetesObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace, labels: ownerLabels() },
  spec,
});
