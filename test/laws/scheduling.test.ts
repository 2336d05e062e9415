import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { law, type Rendered } from "./cases.ts";
import { objectsOf } from "./objects.ts";

law("tolerations of an instance reach all of its pods, those included that operators make", untolerated);
law("labels and annotations of an instance reach all pods of its custom resources", unlabelled);
law("what talks to the Kubernetes API asks no proxy for it", proxied);

/** Where each kind that brings about pods says what they tolerate and carry. */
const places: Readonly<Record<string, { readonly tolerations: string; readonly metadata: string }>> = {
  DaemonSet: { tolerations: "template/spec/tolerations", metadata: "template/metadata" },
  Deployment: { tolerations: "template/spec/tolerations", metadata: "template/metadata" },
  StatefulSet: { tolerations: "template/spec/tolerations", metadata: "template/metadata" },
  Job: { tolerations: "template/spec/tolerations", metadata: "template/metadata" },
  CronJob: {
    tolerations: "jobTemplate/spec/template/spec/tolerations",
    metadata: "jobTemplate/spec/template/metadata",
  },
  EnvoyProxy: {
    tolerations: "provider/kubernetes/envoyDeployment/pod/tolerations",
    metadata: "provider/kubernetes/envoyDeployment/pod",
  },
  MariaDB: { tolerations: "tolerations", metadata: "podMetadata" },
  PhysicalBackup: { tolerations: "tolerations", metadata: "podMetadata" },
  RabbitmqCluster: { tolerations: "tolerations", metadata: "override/statefulSet/spec/template/metadata" },
};

const at = (object: KubernetesObject, path: string): unknown =>
  path.split("/").reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], object.spec);

/** Each object that brings about pods, with what cluster.yaml says of its instance. */
function podMakers(cluster: Rendered) {
  return objectsOf(cluster).flatMap(({ instance, object }) => {
    const place = places[object.kind];
    const common = cluster.model.instances.find(({ name }) => name === instance)?.spec.common;
    return place === undefined || common === undefined ? [] : [{ object, place, common }];
  });
}

const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;

function untolerated(cluster: Rendered): string[] {
  return podMakers(cluster).flatMap(({ object, place, common }) => {
    const tolerated = ((at(object, place.tolerations) ?? []) as unknown[]).map((each) => JSON.stringify(each));
    return (common.scheduling?.tolerations ?? [])
      .filter((each) => !tolerated.includes(JSON.stringify(each)))
      .map((each) => `${nameOf(object)} does not tolerate ${JSON.stringify(each)}`);
  });
}

function unlabelled(cluster: Rendered): string[] {
  return podMakers(cluster).flatMap(({ object, place, common }) => {
    const metadata = (at(object, place.metadata) ?? {}) as Record<string, Record<string, string> | undefined>;
    return (["labels", "annotations"] as const).flatMap((field) =>
      Object.entries(common[field] ?? {})
        .filter(([key, value]) => metadata[field]?.[key] !== value)
        .map(([key]) => `pods of ${nameOf(object)} lack ${key}`),
    );
  });
}

function proxied(cluster: Rendered): string[] {
  return podMakers(cluster).flatMap(({ object, place }) => {
    const pod = at(object, place.tolerations.replace(/\/?tolerations$/, "")) as Partial<Pod> | undefined;
    if (pod?.automountServiceAccountToken !== true) return [];
    return pod
      .containers!.filter(({ env = [], envFrom = [] }) => {
        const direct = env.find(({ name }) => name === "no_proxy")?.value;
        return envFrom.length > 0 && direct !== "*";
      })
      .map(({ name }) => `${name} of ${nameOf(object)} takes the proxy of its environment`);
  });
}
interface Pod {
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly {
    readonly name: string;
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
    readonly envFrom?: readonly object[];
  }[];
}
