import { catalogue } from "../../generator/components/index.ts";
import type { Component } from "../../generator/contract/component.ts";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { phases } from "../../generator/contract/kubernetes.ts";
import { buildFrom, type Cluster } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import type { GeneratedConfigMap } from "../../generator/kustomize/rendering.ts";
import { textOf } from "../laws/cases.ts";

/** A cluster with a component that is not in the catalogue, next to the built-in ones. */
export const withComponents = (components: readonly Component[], data: object = {}): Cluster =>
  buildFrom({
    name: "lab",
    text: textOf({
      name: "lab",
      profile: "development",
      domain: "lab.example.org",
      delivery: { repository: "https://git.example.org/fleet.git" },
      services: Object.fromEntries(components.map(({ name }) => [name, {}])),
      ...data,
    } as never),
    catalogue: new Map([...catalogue, ...components.map((component) => [component.name, component] as const)]),
  });

/** What an instance consists of, by `<kind>/<name>`, a Job without its hash; and its generated ConfigMaps. */
export function renderingOf(
  cluster: Cluster,
  instance: string,
): {
  readonly objects: Readonly<Record<string, KubernetesObject>>;
  readonly configMaps: readonly GeneratedConfigMap[];
} {
  if (hasErrors(cluster.issues)) throw new Error(JSON.stringify(cluster.issues));
  const render = cluster.rendered!.renders.get(instance)!;
  const all = phases.flatMap((phase) => render[phase].objects);
  const nameOf = ({ kind, metadata: { name } }: KubernetesObject) =>
    kind === "Job" ? name.replace(/-[0-9a-f]{7}(?=-|$)/, "") : name;
  return {
    objects: Object.fromEntries(all.map((object) => [`${object.kind}/${nameOf(object)}`, object])),
    configMaps: phases.flatMap((phase) => render[phase].configMaps),
  };
}

/** The pod of a Deployment, StatefulSet, Job or CronJob, and its last container. */
export function podOf(object: KubernetesObject | undefined) {
  const { template, jobTemplate } = object!.spec as { template?: Pod; jobTemplate?: { spec: { template: Pod } } };
  const pod = template ?? jobTemplate!.spec.template;
  return { labels: pod.metadata.labels, ...pod.spec, main: pod.spec.containers[0]! };
}

interface Pod {
  metadata: { labels: Record<string, string> };
  spec: {
    containers: readonly Container[];
    initContainers?: readonly Container[];
    serviceAccountName: string;
    automountServiceAccountToken: boolean;
    terminationGracePeriodSeconds?: number;
    volumes: readonly { name: string }[];
  };
}
export interface Container {
  name: string;
  command: readonly string[];
  env: readonly { name: string; value?: string; valueFrom?: object }[];
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  volumeMounts: readonly { name: string; mountPath: string; subPath?: string }[];
  [probe: string]: unknown;
}
