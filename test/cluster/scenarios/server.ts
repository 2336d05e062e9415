import { beforeAll, expect, test } from "vitest";
import { fieldsBetween } from "../../../generator/diff/fields.ts";
import { fixedFields } from "../../../generator/diff/fixed-fields.ts";
import type { KubernetesObject } from "../../tools/kustomize.ts";
import { list } from "../observe.ts";
import { watchPods } from "../pods.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";

type Values = Readonly<Record<string, unknown>>;

const labels = { app: "claims" };
const template = {
  metadata: { labels },
  spec: { containers: [{ name: "main", image: "registry.example.org/claims:1" }] },
};
const selector = { matchLabels: labels };
const namespace = "default";
const rule = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

/** An object of each kind that has fields which cannot change. */
const objects: Readonly<Record<string, KubernetesObject>> = Object.fromEntries(
  (
    [
      ["apps/v1", "Deployment", { spec: { selector, template, replicas: 1 } }],
      ["apps/v1", "DaemonSet", { spec: { selector, template } }],
      [
        "apps/v1",
        "StatefulSet",
        {
          spec: {
            ...{ selector, template, replicas: 1, serviceName: "claims", podManagementPolicy: "OrderedReady" },
            volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }],
          },
        },
      ],
      ["batch/v1", "Job", { spec: { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } } }],
      ["v1", "PersistentVolumeClaim", { spec: { ...claim, storageClassName: "none" } }],
      ["v1", "Service", { spec: { selector: labels, ports: [{ port: 80 }], type: "ClusterIP" } }],
      ["storage.k8s.io/v1", "StorageClass", { provisioner: "example.org/none", reclaimPolicy: "Delete" }],
      ["rbac.authorization.k8s.io/v1", "Role", { rules: rule }],
      [
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "claims" }, subjects: [] },
      ],
    ] as [string, string, Values][]
  ).map(([apiVersion, kind, rest]) => [
    kind,
    { apiVersion, kind, metadata: { name: "claims", namespace }, ...rest } as KubernetesObject,
  ]),
);

/** Edits of them, as a path and its value; whether the server takes it is asked of both. */
const edits: readonly (readonly [kind: string, path: string, value: unknown])[] = [
  ["StatefulSet", "spec.replicas", 2],
  ["StatefulSet", "spec.minReadySeconds", 5],
  ["StatefulSet", "spec.revisionHistoryLimit", 2],
  ["StatefulSet", "spec.updateStrategy", { type: "OnDelete" }],
  ["StatefulSet", "spec.persistentVolumeClaimRetentionPolicy", { whenDeleted: "Delete", whenScaled: "Retain" }],
  ["StatefulSet", "spec.template.spec.containers", [{ name: "main", image: "registry.example.org/claims:2" }]],
  ["StatefulSet", "spec.serviceName", "other"],
  ["StatefulSet", "spec.podManagementPolicy", "Parallel"],
  ["StatefulSet", "spec.volumeClaimTemplates", [{ metadata: { name: "other" }, spec: claim }]],
  ["Deployment", "spec.replicas", 2],
  ["Deployment", "spec.strategy", { type: "Recreate" }],
  ["Deployment", "spec.template.spec.containers", [{ name: "main", image: "registry.example.org/claims:2" }]],
  ["Deployment", "spec.selector", { matchLabels: { ...labels, other: "x" } }],
  ["DaemonSet", "spec.updateStrategy", { type: "OnDelete" }],
  ["DaemonSet", "spec.selector", { matchLabels: { ...labels, other: "x" } }],
  ["Job", "spec.parallelism", 0],
  ["Job", "spec.backoffLimit", 1],
  ["Job", "spec.activeDeadlineSeconds", 600],
  ["Job", "spec.ttlSecondsAfterFinished", 600],
  ["Job", "spec.template.spec.containers", [{ name: "main", image: "registry.example.org/claims:2" }]],
  ["Job", "spec.completions", 2],
  ["PersistentVolumeClaim", "spec.accessModes", ["ReadWriteMany"]],
  ["PersistentVolumeClaim", "spec.storageClassName", "other"],
  ["Service", "spec.ports", [{ port: 81 }]],
  ["Service", "spec.clusterIP", "10.0.0.77"],
  ["StorageClass", "provisioner", "example.org/other"],
  ["StorageClass", "parameters", { type: "ssd" }],
  ["StorageClass", "reclaimPolicy", "Retain"],
  ["StorageClass", "volumeBindingMode", "WaitForFirstConsumer"],
  ["StorageClass", "allowVolumeExpansion", true],
  ["RoleBinding", "subjects", [{ kind: "ServiceAccount", name: "default", namespace }]],
  ["RoleBinding", "roleRef", { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "other" }],
];

/** The same object with a value at a path; labels of pods follow their selector. */
function edited(object: KubernetesObject, path: string, value: unknown): KubernetesObject {
  const copy = structuredClone(object) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop()!;
  const parent = keys.reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, copy);
  parent[last] = value;
  if (path === "spec.selector") {
    const { spec } = copy as { spec: { template: { metadata: { labels: object } } } };
    spec.template.metadata.labels = (value as typeof selector).matchLabels;
  }
  return copy as unknown as KubernetesObject;
}

/** What the API server refuses to change is what is said to be refused, and nothing else. */
export function fixed(lab: Site): void {
  beforeAll(() => lab.cluster.apply(Object.values(objects)));

  test.each(edits)("a %s with another %s is refused exactly if that is said", async (kind, path, value) => {
    const [before, after] = [objects[kind]!, edited(objects[kind]!, path, value)];
    const isSaid = fixedFields(before, fieldsBetween(before, after)).length > 0;
    const answer = await lab.cluster.apply([after], { dryRun: true }).then(
      () => "taken",
      (error: Error) => error.message,
    );
    expect([isSaid, answer]).toEqual([isSaid, isSaid ? expect.stringMatching(/ 422 /) : "taken"]);
  });
}

/** Pods of what runs on nodes, of which no component of today has an example. */
export function controllers(lab: Site): void {
  const set = (name: string, type: string, image: string) => ({
    ...objects.DaemonSet,
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image }] } },
      updateStrategy: { type },
    },
  });
  const podOf = async (name: string) => {
    const [pod] = await list(lab.cluster, "pods", `app=${name}`);
    return pod?.metadata.uid;
  };

  test("a DaemonSet replaces its pods, and with OnDelete when somebody deletes them", async () => {
    const [rolling, byHand] = ["claims-rolling", "claims-by-hand"];
    const at = (image: string) => [set(rolling, "RollingUpdate", image), set(byHand, "OnDelete", image)];
    await lab.cluster.apply(at("registry.example.org/claims:1"));
    await until("both pods", async () => (await podOf(rolling)) !== undefined && (await podOf(byHand)) !== undefined);
    const [first, second] = [await podOf(rolling), await podOf(byHand)];
    const watched = await watchPods(lab.cluster);
    await lab.cluster.apply(at("registry.example.org/claims:2"));
    await until("another pod", async () => ![undefined, first].includes(await podOf(rolling)));
    await until("the controller to have looked at both", async () =>
      (await list(lab.cluster, "daemonsets")).every(
        ({ metadata, status }) => status?.observedGeneration === metadata.generation,
      ),
    );
    expect(watched.least().get(rolling)).toBe(0);
    watched.stop();
    expect(await podOf(byHand)).toBe(second);
    const [old] = await list(lab.cluster, "pods", `app=${byHand}`);
    lab.cluster.kubectl("--namespace", namespace, "delete", "pod", old!.metadata.name);
    await until("its successor", async () => ![undefined, second].includes(await podOf(byHand)));
    lab.cluster.kubectl("--namespace", namespace, "delete", "daemonset", rolling, byHand);
  });
}
