/**
 * Stand-ins for operators that do not run in this tier: kwok stages that say of each object of theirs that it is ready.
 * What the operators make of the objects is the business of children.ts.
 */
export const kinds: readonly (readonly [
  apiVersion: string,
  kind: string,
  conditions: readonly string[],
  /** Field of the status below which a list says them for each other object that the object hangs on. */
  list?: "ancestors" | "parents",
])[] = [
  ["k8s.mariadb.com/v1alpha1", "MariaDB", ["Ready"]],
  ...["Connection", "Database", "Grant", "PhysicalBackup", "User"].map(
    (kind) => ["k8s.mariadb.com/v1alpha1", kind, ["Ready"]] as const,
  ),
  ["rabbitmq.com/v1beta1", "RabbitmqCluster", ["AllReplicasReady", "ClusterAvailable", "ReconcileSuccess"]],
  ...["Permission", "Policy", "Queue", "User", "Vhost"].map(
    (kind) => ["rabbitmq.com/v1beta1", kind, ["Ready"]] as const,
  ),
  ["ceph.rook.io/v1", "CephCluster", ["Ready"]],
  ["ceph.rook.io/v1", "CephObjectStore", ["Ready"]],
  ["cert-manager.io/v1", "Certificate", ["Ready"]],
  ["cert-manager.io/v1", "Issuer", ["Ready"]],
  ["cert-manager.io/v1", "ClusterIssuer", ["Ready"]],
  ["gateway.networking.k8s.io/v1", "GatewayClass", ["Accepted"]],
  ["gateway.networking.k8s.io/v1", "Gateway", ["Accepted", "Programmed"]],
  ["gateway.networking.k8s.io/v1", "HTTPRoute", ["Accepted", "ResolvedRefs"], "parents"],
  ["gateway.networking.k8s.io/v1", "BackendTLSPolicy", ["Accepted", "ResolvedRefs"], "ancestors"],
  ...["BackendTrafficPolicy", "ClientTrafficPolicy"].map(
    (kind) => ["gateway.envoyproxy.io/v1alpha1", kind, ["Accepted"], "ancestors"] as const,
  ),
  ["helm.toolkit.fluxcd.io/v2", "HelmRelease", ["Ready"]],
];

/** Fields without which a kind's own schema refuses a status, or an engine does not believe it. */
const required: Readonly<Record<string, readonly string[]>> = {
  // Argo CD believes Ceph itself.
  "ceph.rook.io/v1 CephCluster": ["ceph: { health: HEALTH_OK }"],
  "ceph.rook.io/v1 CephObjectStore": ["phase: Ready"],
  "rabbitmq.com/v1beta1 User": ["username: {{ .metadata.name }}"],
};

const controller = "overstack.io/stand-in";

/** The broker's operator gives a reason of its own, and Argo CD believes no other. */
const reasonOf = (apiGroup: string): string =>
  apiGroup.startsWith("rabbitmq.com/") ? "SuccessfulCreateOrUpdate" : "StandIn";

/** One kwok Stage for each kind: its conditions are true at once. */
export const readiness: readonly object[] = kinds.map(([apiGroup, kind, conditions, list]) => ({
  apiVersion: "kwok.x-k8s.io/v1alpha1",
  kind: "Stage",
  metadata: { name: `${kind.toLowerCase()}.${apiGroup.split("/")[0]}` },
  spec: {
    resourceRef: { apiGroup, kind },
    selector: {
      matchExpressions: [
        list === undefined
          ? { key: ".status.conditions.[].reason", operator: "NotIn", values: [reasonOf(apiGroup)] }
          : { key: `.status.${list}.[].controllerName`, operator: "NotIn", values: [controller] },
      ],
    },
    next: {
      statusTemplate: [
        "{{ $now := Now }}",
        ...(list === undefined
          ? ["observedGeneration: {{ .metadata.generation }}", ...(required[`${apiGroup} ${kind}`] ?? [])]
          : [`${list}:`, `- ${list.slice(0, -1)}Ref: { name: public }`, `  controllerName: ${controller}`]),
        `${list === undefined ? "" : "  "}conditions:`,
        ...conditions.flatMap((type) => [
          `  - type: ${type}`,
          '    status: "True"',
          `    reason: ${reasonOf(apiGroup)}`,
          "    message: a stand-in for the operator",
          "    lastTransitionTime: {{ $now | Quote }}",
        ]),
        "",
      ].join("\n"),
    },
  },
}));
