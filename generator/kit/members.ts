import type { IContainerPort } from "kubernetes-models/v1/ContainerPort";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { DataConstraint } from "../contract/component.ts";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { labels, objectName, placed, selector, serviceHost } from "./names.ts";
import { Service, StatefulSet } from "./objects.ts";
import { type Claim, claimTemplate } from "./stateful.ts";
import { disruptionBudget } from "./workload.ts";

/** Port of a server, by its name: `{ peers: 2380 }`. */
export type NamedPorts = Readonly<Record<string, number>>;

/** Full host names of the members, in the order of their numbers. `pods` and `service` are names of objects. */
export const memberHosts = (
  { namespace, dns }: Pick<Context, "namespace" | "dns">,
  { pods, service, count }: { readonly pods: string; readonly service: string; readonly count: number },
): string[] => Array.from({ length: count }, (_, index) => serviceHost(`${pods}-${index}.${service}`, namespace, dns));

/**
 * Servers that know each other by name. Their names are found before they are ready, since they become ready only together;
 * they start at once for the same reason. Updates replace one after the other.
 */
export const members = (
  ctx: Context,
  role: string,
  parts: { service: string; ports: NamedPorts; template: IPodTemplateSpec; claims?: readonly Claim[] },
): Placed[] => [
  placed(
    "run",
    StatefulSet({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      spec: {
        podManagementPolicy: "Parallel",
        replicas: ctx.scaling(role).replicas,
        revisionHistoryLimit: 3,
        selector: { matchLabels: selector(ctx, role) },
        serviceName: parts.service,
        template: parts.template,
        updateStrategy: { type: "RollingUpdate" },
        ...(parts.claims === undefined
          ? {}
          : { volumeClaimTemplates: parts.claims.map((claim) => claimTemplate(ctx, claim)) }),
      },
    }),
  ),
  placed(
    "run",
    Service({
      metadata: { name: parts.service, labels: labels(ctx, role) },
      spec: {
        clusterIP: "None",
        ports: Object.entries(parts.ports).map(([name, port]) => ({ name, port, protocol: "TCP", targetPort: name })),
        publishNotReadyAddresses: true,
        selector: selector(ctx, role),
      },
    }),
  ),
  disruptionBudget(ctx, role),
];

/** How many members there are, of what can take in new ones and let none go: why, and the way out. */
export const onlyMore = (ctx: Context, role: string, consequence: string): DataConstraint => ({
  key: "members",
  value: ctx.scaling(role).replicas ?? 0,
  shown: String(ctx.scaling(role).replicas),
  rule: "grow",
  what: "the number of members",
  consequence,
});

/** The same ports as a container has them. */
export const portsOf = (ports: NamedPorts): IContainerPort[] =>
  Object.entries(ports).map(([name, containerPort]) => ({ containerPort, name, protocol: "TCP" }));

/** Variables with which a member finds itself and the others: $HOST, and $MEMBERS with a space between two. */
export const memberEnvironment = (
  ctx: Context,
  { service, hosts }: { readonly service: string; readonly hosts: readonly string[] },
): IEnvVar[] => [
  { name: "POD", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
  { name: "HOST", value: `$(POD).${serviceHost(service, ctx.namespace, ctx.dns)}` },
  { name: "MEMBERS", value: hosts.join(" ") },
];
