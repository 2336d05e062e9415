import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import { containersOf } from "../config/containers.ts";
import { type MemberContainer, namespace, type Pod } from "../coordination/members.ts";
import { production } from "../coordination/production.ts";

/** OVN as generated for a production cluster: nothing of it is written by hand. */
export interface Generated {
  readonly hosts: readonly string[];
  /** A member by its number. `founded`: what the cluster has recorded. */
  readonly member: (index: number, founded: boolean) => Pod;
  readonly northd: (index: number) => Pod;
  /** A relay of the Southbound database by its number, where there are some. */
  readonly relay: (index: number) => Pod;
  /** What makes copies, or holds their volume as the page about a restore says. */
  readonly copies: Pod;
}

interface Workload {
  readonly serviceName?: string;
  readonly replicas: number;
  readonly template: { readonly spec: IPodSpec };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}
interface Cron {
  readonly jobTemplate: { readonly spec: Workload };
}

export function generate(settings: Readonly<Record<string, unknown>> = {}): Generated {
  const { renders } = production({ ovn: settings }, "services: { keystone: {} }");
  const render = renders.get("ovn")!;
  const started = containersOf(render);
  const of = (kind: string, role: string) => {
    const { spec } = render.run.objects.find(
      ({ kind: own, metadata }) => own === kind && metadata.labels!["app.kubernetes.io/component"] === role,
    )!;
    return kind === "CronJob" ? (spec as Cron).jobTemplate.spec : (spec as Workload);
  };
  const pod = (kind: string, role: string, name: string, service: string): Pod => {
    const { template, volumeClaimTemplates = [] } = of(kind, role);
    const from = (container: IContainer) => {
      const { command, environment } = started.find((item) => item.name === `${kind}/${role}/${container.name}`)!;
      return containerOf(container, command, environment, name);
    };
    return {
      name,
      host: `${name}.${service}.${namespace}.svc.cluster.local`,
      user: template.spec.securityContext!.runAsUser!,
      // The Kubernetes API is not there: what asks it does not run.
      first: (template.spec.initContainers ?? []).filter(({ name }) => name !== "record").map(from),
      containers: template.spec.containers.map(from),
      claims: [
        ...volumeClaimTemplates.map(({ metadata }) => metadata.name),
        ...template.spec.volumes!.flatMap(({ name, persistentVolumeClaim }) =>
          persistentVolumeClaim === undefined ? [] : [name],
        ),
      ],
      // Others it asks the server of names for.
      itself: [],
    };
  };
  const { serviceName, replicas } = of("StatefulSet", "database");
  const member = (index: number) => pod("StatefulSet", "database", `ovn-database-${index}`, serviceName!);
  return {
    hosts: Array.from({ length: replicas }, (_, index) => member(index).host),
    member: (index, founded) => ({ ...member(index), ...(founded ? { files: { "founded/founded": "true" } } : {}) }),
    northd: (index) => pod("Deployment", "northd", `ovn-northd-${index}`, "pods"),
    relay: (index) => pod("Deployment", "relay", `ovn-relay-${index}`, "pods"),
    copies: held(pod("CronJob", "backup", "ovn-copies", "pods")),
  };
}

/** As the Job of the page: it holds its volumes. */
const held = (pod: Pod): Pod => ({
  ...pod,
  containers: pod.containers.map((each) => ({
    ...each,
    environment: { ...each.environment, HOLD_SECONDS: "3000" },
  })),
});

/** The volume with certificates is the lab's own. */
const volumeOf = (name: string): string => (name === "tls" ? "internal-tls" : name);

const containerOf = (
  { name, volumeMounts = [], readinessProbe, lifecycle }: IContainer,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  pod: string,
): MemberContainer => ({
  name,
  command,
  environment: Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [key, value.replaceAll("metadata.name", pod)]),
  ),
  mounts: Object.fromEntries(volumeMounts.map((mount) => [mount.mountPath, volumeOf(mount.name)])),
  probes: {
    ready: readinessProbe?.exec?.command ?? [],
    stop: lifecycle?.preStop?.exec?.command ?? [],
  },
});
