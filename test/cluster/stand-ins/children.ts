import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { apiBehind } from "../api.ts";

/*
 * Stand-ins for operators that do not run in this tier: the StatefulSets and PodDisruptionBudgets that they make of
 * database and broker clusters, scheduled as those say, and a volume for each claim. Runs until it is ended.
 * node children.ts SOCKET
 */
interface Custom {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels?: object;
  };
  readonly spec: {
    readonly replicas: number;
    readonly image: string;
    readonly affinity?: object;
    readonly tolerations?: object;
    readonly resources?: object;
    readonly topologySpreadConstraints?: object;
    readonly podDisruptionBudget?: object;
    readonly override?: { readonly statefulSet: { readonly spec: { readonly template: { readonly spec: object } } } };
  };
  readonly status?: { readonly phase?: string };
}

const api = apiBehind(process.argv[2]!);

for (const path of [
  "/apis/k8s.mariadb.com/v1alpha1/mariadbs",
  "/apis/rabbitmq.com/v1beta1/rabbitmqclusters",
  "/api/v1/persistentvolumeclaims",
])
  void follow(path);

/** Sees every object that is there and every change, until the program is ended. */
async function follow(path: string): Promise<never> {
  for (;;) {
    try {
      for await (const line of createInterface(await api.watch(path))) {
        const { type, object } = JSON.parse(line) as { type: string; object: Custom };
        if (type === "ADDED" || type === "MODIFIED") await api.apply(childrenOf(object));
      }
    } catch (error) {
      console.error(`${path}: ${String(error)}`);
    }
    await sleep(1000);
  }
}

function childrenOf(object: Custom): object[] {
  if (object.kind === "MariaDB") {
    const { name } = object.metadata;
    const podLabels = { "app.kubernetes.io/instance": name, "app.kubernetes.io/name": "mariadb" };
    const { topologySpreadConstraints, podDisruptionBudget } = object.spec;
    return [
      statefulSet(object, name, podLabels, { topologySpreadConstraints }),
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: owned(object, name),
        spec: { ...podDisruptionBudget, selector: { matchLabels: podLabels } },
      },
    ];
  }
  if (object.kind === "RabbitmqCluster") {
    const { name } = object.metadata;
    const podLabels = { "app.kubernetes.io/instance": name, "app.kubernetes.io/name": name };
    return [statefulSet(object, `${name}-server`, podLabels, { ...podOverride(object), containers: undefined })];
  }
  if (object.status?.phase !== "Pending") return [];
  return [volumeFor(object)];
}

function podOverride({ spec }: Custom): object {
  return spec.override?.statefulSet.spec.template.spec ?? {};
}

function owned({ apiVersion, kind, metadata }: Custom, name: string): object {
  return {
    name,
    namespace: metadata.namespace,
    ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }],
  };
}

function statefulSet(object: Custom, name: string, podLabels: object, pod: object): object {
  const { replicas, image, affinity, tolerations, resources } = object.spec;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: owned(object, name),
    spec: {
      replicas,
      podManagementPolicy: "Parallel",
      serviceName: name,
      selector: { matchLabels: podLabels },
      template: {
        metadata: { labels: podLabels },
        spec: {
          automountServiceAccountToken: false,
          affinity: { ...affinity, antiAffinityEnabled: undefined },
          tolerations,
          ...pod,
          securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "server",
              image,
              resources,
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
        },
      },
    },
  };
}

function volumeFor({ metadata, spec }: Custom): object {
  const claim = spec as unknown as {
    accessModes: string[];
    storageClassName?: string;
    resources: { requests: object };
  };
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `${metadata.namespace}-${metadata.name}` },
    spec: {
      accessModes: claim.accessModes,
      storageClassName: claim.storageClassName ?? "",
      capacity: claim.resources.requests,
      claimRef: {
        kind: "PersistentVolumeClaim",
        name: metadata.name,
        namespace: metadata.namespace,
        uid: metadata.uid,
      },
      hostPath: { path: `/volumes/${metadata.namespace}/${metadata.name}` },
    },
  };
}
