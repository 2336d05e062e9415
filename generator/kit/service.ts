import type { Endpoint } from "../contract/component.ts";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { clientLabel, labels, objectName, placed, selector } from "./names.ts";
import { NetworkPolicy } from "./objects.ts";
import { transports } from "./ports.ts";

/**
 * Lets in what may connect: pods that carry the client label, in the namespaces of the model's clients, and the members
 * themselves. A provider without clients lets in its own pods only.
 */
export const clientsOnly = (
  ctx: Context,
  parts: {
    role: string;
    ports: readonly number[];
    podLabels?: Record<string, string>;
    operator?: { namespace: string; ports: readonly number[] };
  },
): Placed => {
  const own = parts.podLabels ?? selector(ctx, parts.role);
  const tcp = (port: number) => ({ port, protocol: "TCP" as const });
  return placed(
    "run",
    NetworkPolicy({
      metadata: { name: objectName(ctx, parts.role), labels: labels(ctx, parts.role) },
      spec: {
        podSelector: { matchLabels: own },
        policyTypes: ["Ingress"],
        ingress: [
          { from: [peers(own)] },
          {
            from: [
              {
                namespaceSelector: {
                  matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [...ctx.clients] }],
                },
                podSelector: { matchExpressions: [{ key: clientLabel(ctx.instance), operator: "Exists" }] },
              },
              // Its backups, which run in its own namespace.
              { podSelector: { matchExpressions: [{ key: clientLabel(ctx.instance), operator: "Exists" }] } },
              // Pods on the network of a node have no labels that a policy sees, only the node's address.
              ...ctx.clientNetworks.map((cidr) => ({ ipBlock: { cidr } })),
            ],
            ports: parts.ports.map(tcp),
          },
          ...(parts.operator === undefined
            ? []
            : [
                {
                  from: [
                    {
                      namespaceSelector: {
                        matchExpressions: [
                          { key: "kubernetes.io/metadata.name", operator: "In", values: [parts.operator.namespace] },
                        ],
                      },
                    },
                  ],
                  ports: parts.operator.ports.map(tcp),
                },
              ]),
        ],
      },
    }),
  );
};

/** Nothing may connect to the pods of a service, its Jobs and crons included; other policies of the instance add to it. */
export const closed = (ctx: Context): Placed =>
  placed(
    "run",
    NetworkPolicy({
      metadata: { name: objectName(ctx), labels: labels(ctx) },
      spec: { podSelector: { matchLabels: selector(ctx) }, policyTypes: ["Ingress"] },
    }),
  );

/** Lets the pods of one role reach each other on a port that is nobody else's. */
export const peersOnly = (ctx: Context, role: string, port: number): Placed =>
  placed(
    "run",
    NetworkPolicy({
      metadata: { name: objectName(ctx, `${role}-peers`), labels: labels(ctx, role) },
      spec: {
        podSelector: { matchLabels: selector(ctx, role) },
        policyTypes: ["Ingress"],
        ingress: [{ from: [peers(selector(ctx, role))], ports: [{ port, protocol: "TCP" }] }],
      },
    }),
  );

/**
 * Peers are written as expressions: Kustomize's label transformer rewrites matchLabels of peers, too:
 * https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/konfig/builtinpluginconsts/commonlabels.go
 */
export const expressions = (labels: Readonly<Record<string, string>>) => ({
  matchExpressions: Object.entries(labels).map(([key, value]) => ({ key, operator: "In", values: [value] })),
});

const peers = (own: Readonly<Record<string, string>>) => ({ podSelector: expressions(own) });

/** Lets everybody in on the port of an endpoint, which authenticates its callers itself, and nobody on any other. */
export const endpointPolicy = (ctx: Context, endpoint: Endpoint): Placed =>
  placed(
    "run",
    NetworkPolicy({
      metadata: { name: objectName(ctx, endpoint.role), labels: labels(ctx, endpoint.role) },
      spec: {
        podSelector: {
          matchLabels: { ...(ctx.role(endpoint.role)?.podLabels?.(ctx.instance) ?? selector(ctx, endpoint.role)) },
        },
        policyTypes: ["Ingress"],
        ingress: [{ ports: transports(endpoint).map((protocol) => ({ port: endpoint.port, protocol })) }],
      },
    }),
  );
