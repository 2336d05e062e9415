/**
 * Stand-ins for operators that do not run in this tier: kwok stages that say of each object of theirs that it is ready.
 * What the operators make of the objects is the business of children.ts.
 */
export const kinds: readonly (readonly [apiVersion: string, kind: string, conditions: readonly string[]])[] = [
  ["k8s.mariadb.com/v1alpha1", "MariaDB", ["Ready"]],
  ...["Connection", "Database", "Grant", "PhysicalBackup", "User"].map(
    (kind) => ["k8s.mariadb.com/v1alpha1", kind, ["Ready"]] as const,
  ),
  ["rabbitmq.com/v1beta1", "RabbitmqCluster", ["AllReplicasReady", "ClusterAvailable", "ReconcileSuccess"]],
  ...["Permission", "Policy", "Queue", "User", "Vhost"].map(
    (kind) => ["rabbitmq.com/v1beta1", kind, ["Ready"]] as const,
  ),
  ["cert-manager.io/v1", "Certificate", ["Ready"]],
  ["cert-manager.io/v1", "Issuer", ["Ready"]],
  ["cert-manager.io/v1", "ClusterIssuer", ["Ready"]],
  ["gateway.networking.k8s.io/v1", "GatewayClass", ["Accepted"]],
  ["gateway.networking.k8s.io/v1", "Gateway", ["Accepted", "Programmed"]],
  ["helm.toolkit.fluxcd.io/v2", "HelmRelease", ["Ready"]],
];

/** One kwok Stage for each kind: its conditions are true at once. */
export const readiness: readonly object[] = kinds.map(([apiGroup, kind, conditions]) => ({
  apiVersion: "kwok.x-k8s.io/v1alpha1",
  kind: "Stage",
  metadata: { name: `${kind.toLowerCase()}.${apiGroup.split("/")[0]}` },
  spec: {
    resourceRef: { apiGroup, kind },
    selector: {
      matchExpressions: [{ key: ".status.conditions.[].type", operator: "NotIn", values: conditions.slice(0, 1) }],
    },
    next: {
      statusTemplate: [
        "{{ $now := Now }}",
        "observedGeneration: {{ .metadata.generation }}",
        "conditions:",
        ...conditions.flatMap((type) => [
          `- type: ${type}`,
          '  status: "True"',
          "  reason: StandIn",
          "  message: a stand-in for the operator",
          "  lastTransitionTime: {{ $now | Quote }}",
        ]),
        "",
      ].join("\n"),
    },
  },
}));
