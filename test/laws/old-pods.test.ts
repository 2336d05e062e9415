import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { longestWait } from "../../generator/kit/wait-for-old-pods.ts";
import { examples, forEachCluster, type Rendered } from "./cases.ts";
import { objectsOf } from "./objects.ts";

describe("a Job that contracts waits for the old pods first, and may do nothing else in the Kubernetes API", () => {
  test.each(examples)("a Job that contracts waits for the old pods: in %s", (_, cluster) => {
    const jobs = contracting(cluster);
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) check(job, cluster);
  });

  test("a Job that contracts waits for the old pods: in random clusters", { timeout: 3_600_000 }, () =>
    forEachCluster(10, (cluster) => {
      for (const job of contracting(cluster)) check(job, cluster);
    }),
  );
});

describe("its deadline leaves room for the wait and the work", () => {
  test.each(examples)("no old pod may take longer than the wait: in %s", (_, cluster) => {
    const graces = objectsOf(cluster).flatMap(({ object: { kind, spec } }) =>
      ["Deployment", "StatefulSet", "DaemonSet"].includes(kind)
        ? [(spec as Workload).template.spec.terminationGracePeriodSeconds ?? 30]
        : [],
    );
    expect(Math.max(...graces) + 15).toBeLessThanOrEqual(longestWait);
    for (const { spec } of contracting(cluster))
      expect((spec as { activeDeadlineSeconds: number }).activeDeadlineSeconds).toBe(1500 + longestWait);
  });
});

const contracting = ({ rendered }: Rendered): KubernetesObject[] =>
  [...rendered.renders.values()].flatMap(({ contract }) => contract.objects.filter(({ kind }) => kind === "Job"));

function check({ metadata, spec }: KubernetesObject, cluster: Rendered): void {
  const pod = (spec as Job).template.spec;
  const all = [...pod.initContainers, ...pod.containers];
  expect(all[0]!.name, metadata.name).toBe("wait-for-old-pods");

  // Its token is mounted there alone.
  expect(pod.automountServiceAccountToken, metadata.name).toBe(false);
  const tokens = pod.volumes.filter((volume) => JSON.stringify(volume).includes("serviceAccountToken"));
  const readers = all.filter(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => name === tokens[0]!.name));
  expect([tokens.length, readers.map(({ name }) => name)]).toEqual([1, ["wait-for-old-pods"]]);

  // Its account lists pods where it runs.
  const inNamespace = objectsOf(cluster).filter(({ object }) => object.metadata.namespace === metadata.namespace);
  const named = (kind: string, name: string) =>
    inNamespace.map(({ object }) => object).find((object) => object.kind === kind && object.metadata.name === name);
  const bindings = inNamespace
    .map(({ object }) => object as unknown as Binding)
    .filter(
      ({ kind, subjects = [] }) =>
        kind === "RoleBinding" && subjects.some(({ name }) => name === pod.serviceAccountName),
    );
  expect(named("ServiceAccount", pod.serviceAccountName), metadata.name).toBeDefined();
  expect(bindings.map(({ roleRef }) => named("Role", roleRef.name)?.rules)).toEqual([
    [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
  ]);
}

interface Workload {
  readonly template: { readonly spec: { readonly terminationGracePeriodSeconds?: number } };
}
interface Job {
  readonly template: {
    readonly spec: {
      readonly serviceAccountName: string;
      readonly automountServiceAccountToken: boolean;
      readonly initContainers: readonly Container[];
      readonly containers: readonly Container[];
      readonly volumes: readonly { readonly name: string }[];
    };
  };
}
interface Container {
  readonly name: string;
  readonly volumeMounts?: readonly { readonly name: string }[];
}
interface Binding {
  readonly kind: string;
  readonly subjects?: readonly { readonly name: string }[];
  readonly roleRef: { readonly name: string };
}
