import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { law, type Rendered } from "./cases.ts";
import { objectsOf } from "./objects.ts";

law("tolerations of an instance reach all of its pods, those included that operators make", untolerated);
law("labels and annotations of an instance reach all pods of its custom resources", unlabelled);
law("the Secrets that images are pulled with reach all pods, those included that operators make", unpulled);
law("the proxy and the certificates to trust reach every program of a service that runs on", unreached);
law("what talks to the Kubernetes API asks no proxy for it", proxied);
law("new pods of a Deployment are spread among themselves, whatever old ones are still there", counted);

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

/** Where the pod itself is described. */
const podOf = ({ tolerations }: { readonly tolerations: string }): string => tolerations.replace(/\/?tolerations$/, "");

/** Each object that brings about pods, with what cluster.yaml says of its instance. */
function podMakers(cluster: Rendered) {
  return objectsOf(cluster).flatMap(({ instance, object }) => {
    const place = places[object.kind];
    const common = cluster.model.instances.find(({ name }) => name === instance)?.spec.common;
    return place === undefined || common === undefined ? [] : [{ object, place, common }];
  });
}

/** With the old ones counted, one node has two new pods at the end, and another none. */
function counted(cluster: Rendered): string[] {
  return podMakers(cluster).flatMap(({ object, place }) => {
    if (!["Deployment", "EnvoyProxy"].includes(object.kind)) return [];
    const { affinity, topologySpreadConstraints = [] } = at(object, podOf(place)) as IPodSpec;
    const preferred = affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const terms = [...preferred.map(({ podAffinityTerm }) => podAffinityTerm), ...topologySpreadConstraints];
    return terms
      .filter(({ matchLabelKeys = [] }) => !matchLabelKeys.includes("pod-template-hash"))
      .map(({ topologyKey }) => `${nameOf(object)} counts old pods too, by ${topologyKey}`);
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

/** Where each kind of an operator says what its images are pulled with. A PhysicalBackup has the Secrets of its MariaDB beside its own. */
const pulling: Readonly<Record<string, string>> = {
  EnvoyProxy: "provider/kubernetes/envoyDeployment/pod/imagePullSecrets",
  MariaDB: "imagePullSecrets",
  RabbitmqCluster: "imagePullSecrets",
};

/** Other pods have them by their account. */
function unpulled(cluster: Rendered): string[] {
  const { pullSecrets = [] } = cluster.model.spec.images;
  const objects = objectsOf(cluster).map(({ object }) => object);
  return podMakers(cluster).flatMap(({ object, place }) => {
    if (object.kind === "PhysicalBackup") return [];
    const pod = at(object, podOf(place)) as Partial<Pod> | undefined;
    const account = objects.find(
      ({ kind, metadata }) =>
        kind === "ServiceAccount" &&
        metadata.name === pod?.serviceAccountName &&
        metadata.namespace === object.metadata.namespace,
    ) as { imagePullSecrets?: unknown } | undefined;
    const own = pulling[object.kind] === undefined ? account?.imagePullSecrets : at(object, pulling[object.kind]!);
    const named = ((own ?? []) as { name: string }[]).map(({ name }) => name);
    return pullSecrets
      .filter((name) => !named.includes(name))
      .map((name) => `${nameOf(object)} does not pull with ${name}`);
  });
}

/** Programs get both by the ConfigMap of their instance. Jobs ask for what they need themselves. */
function unreached(cluster: Rendered): string[] {
  const { proxy, trustedCa } = cluster.model.spec;
  if (proxy === undefined && trustedCa === undefined) return [];
  return cluster.model.instances.flatMap(({ name, component }) => {
    if (component.group !== "services") return [];
    const own = objectsOf(cluster).filter(({ instance }) => instance === name);
    return own.flatMap(({ object }) => {
      if (!["DaemonSet", "Deployment", "StatefulSet"].includes(object.kind)) return [];
      const { containers } = at(object, "template/spec") as Pod;
      const known = new Set(
        containers.flatMap(({ envFrom = [] }) =>
          envFrom.flatMap(({ configMapRef }) =>
            own
              .filter((each) => each.object.kind === "ConfigMap" && each.object.metadata.name === configMapRef?.name)
              .flatMap((each) => Object.keys((each.object.data ?? {}) as object)),
          ),
        ),
      );
      const wanted = [
        ...(proxy === undefined ? [] : ["no_proxy"]),
        ...(proxy?.https === undefined ? [] : ["https_proxy"]),
        ...(trustedCa === undefined ? [] : ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]),
      ];
      return wanted.filter((word) => !known.has(word)).map((word) => `${nameOf(object)} has no ${word}`);
    });
  });
}

function proxied(cluster: Rendered): string[] {
  return podMakers(cluster).flatMap(({ object, place }) => {
    const pod = at(object, podOf(place)) as Partial<Pod> | undefined;
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
  readonly serviceAccountName?: string;
  readonly containers: readonly {
    readonly name: string;
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
    readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  }[];
}
