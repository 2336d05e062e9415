import { z } from "zod";
import { byKey } from "../base/data.ts";
import { component, type DataConstraint } from "../contract/component.ts";
import type { Context } from "../contract/context.ts";
import { size, storageClass } from "../contract/formats.ts";
import { isIpv6 } from "../kit/ip.ts";
import { onlyMore } from "../kit/members.ts";
import { keepAnnotations, labels, objectName, placed, serviceHost } from "../kit/names.ts";
import { placement, resources, spreading } from "../kit/pod.ts";
import { canonicalQuantity } from "../kit/quantity.ts";
import { clientsOnly } from "../kit/service.ts";
import { certificateSecret, offered, serviceNames } from "../kit/tls.ts";
import { volumeConstraints } from "../kit/volume-constraints.ts";
import { disruptionBudget } from "../kit/workload.ts";
import { rabbitmqClusterOperator } from "../operators/rabbitmq-cluster-operator.ts";
import { rabbitmqTopologyOperator } from "../operators/rabbitmq-topology-operator.ts";

const ports = { plain: 5672, encrypted: 5671, management: 15672, encryptedManagement: 15671 } as const;
const role = "server";

const options = z.strictObject({
  storage: size
    .optional()
    .describe("Volume of each member. It can grow, never shrink. Default: 20Gi, in development 5Gi."),
  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's. It cannot be changed later."),
  options: z
    .record(
      z.string().regex(/^[a-z0-9_]+(\.[A-Za-z0-9_]+)*$/, "a key of rabbitmq.conf: vm_memory_high_watermark.relative"),
      z.union([z.string().regex(/^[^\r\n]*$/, "one line"), z.number(), z.boolean()]),
    )
    .default({})
    .describe("Keys of rabbitmq.conf, on top of what is generated: { consumer_timeout: 3600000 }."),
  tcpUserTimeout: z
    .number()
    .int()
    .min(10)
    .max(600)
    .default(12)
    .describe(
      "Seconds after which a client that acknowledges nothing loses its connection, and others get what it was sent (TCP_USER_TIMEOUT). Keys tcp_listen_options in options replace it.",
    ),
  plugins: z
    .array(z.string().regex(/^rabbitmq_[a-z0-9_]+$/, "the name of a plugin: rabbitmq_shovel"))
    .optional()
    .describe("Further plugins of the image."),
});
type RabbitContext = Context<z.output<typeof options>>;

/** Message broker. Quorum queues keep a message on a majority of members; members can be added, never taken away. */
export default component({
  name: "rabbitmq",
  summary: "Message broker: RabbitMQ with quorum queues, run by RabbitMQ's cluster and topology operators.",
  group: "infrastructure",
  provides: "messaging",
  provided: ({ instance, namespace, dns, internalTls }) => ({
    host: serviceHost(instance, namespace, dns),
    // One name, and not one for each member: kombu, which gives up a connection that is not made within 5 s, has no time left then to try
    // the next one of a list, and dials a silent host again and again (https://github.com/celery/kombu/issues/1594).
    members: [serviceHost(instance, namespace, dns)],
    port: internalTls === "none" ? ports.plain : ports.encrypted,
    tls: internalTls !== "none",
    ports: offered<number>(internalTls, ports),
  }),
  options,
  roles: { server: { replicas: 3, scaling: "odd" } },
  development: { roles: { server: { replicas: 1 } } },
  operators: [rabbitmqClusterOperator.name, rabbitmqTopologyOperator.name],
  // Members find each other there: https://www.rabbitmq.com/docs/cluster-formation#peer-discovery-k8s
  callsKubernetes: true,
  images: { rabbitmq: () => "docker.io/library/rabbitmq:4.1.3-management" },
  uid: 999,
  data: (ctx): DataConstraint[] => [
    ...volumeConstraints("each member", storageOf(ctx), ctx.options.storageClass ?? ctx.storageClass),
    onlyMore(
      ctx,
      role,
      "RabbitMQ's operator refuses to remove members: make a second instance and let its users move (uses: { messaging: … }).",
    ),
  ],
  certificates: (ctx) => [
    {
      secret: certificateSecret(ctx),
      dnsNames: [...serviceNames(ctx, ctx.instance), ...serviceNames(ctx, `*.${ctx.instance}-nodes`)],
    },
  ],
  manifests: (ctx) => [
    placed("run", {
      apiVersion: "rabbitmq.com/v1beta1",
      kind: "RabbitmqCluster",
      metadata: {
        name: objectName(ctx),
        labels: labels(ctx, role),
        // Users of other namespaces are refused without it. The list is split at commas and not trimmed:
        // https://www.rabbitmq.com/kubernetes/operator/using-topology-operator
        annotations: {
          ...keepAnnotations,
          "rabbitmq.com/disable-default-topology-spread-constraints": "true",
          ...plainManagement(ctx),
          "rabbitmq.com/topology-allowed-namespaces": [...new Set([...ctx.clients, ctx.namespace])].sort().join(","),
        },
      },
      spec: {
        affinity: spreading(ctx, role, podSelector(ctx)).affinity,
        delayStartSeconds: ctx.profile === "production" ? 30 : 0,
        image: ctx.image(),
        ...(ctx.pod.pullSecrets === undefined
          ? {}
          : { imagePullSecrets: ctx.pod.pullSecrets.map((name) => ({ name })) }),
        override: {
          statefulSet: {
            spec: {
              template: {
                metadata: {
                  labels: { "app.kubernetes.io/instance": ctx.instance, ...ctx.pod.labels },
                  ...(ctx.pod.annotations === undefined ? {} : { annotations: ctx.pod.annotations }),
                },
                spec: {
                  containers: [],
                  ...withoutTolerations(ctx),
                  topologySpreadConstraints: spreading(ctx, role, podSelector(ctx)).topologySpreadConstraints,
                },
              },
            },
          },
        },
        persistence: {
          storage: storageOf(ctx),
          ...((ctx.options.storageClass ?? ctx.storageClass) === undefined
            ? {}
            : { storageClassName: ctx.options.storageClass ?? ctx.storageClass }),
        },
        rabbitmq: {
          additionalConfig: additionalConfig(ctx),
          ...endingSilentClients(ctx),
          ...overIpv6(ctx),
          ...(ctx.options.plugins === undefined ? {} : { additionalPlugins: ctx.options.plugins }),
        },
        replicas: ctx.scaling(role).replicas,
        resources: resources(
          ctx,
          role,
          ctx.profile === "production"
            ? { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "2Gi" } }
            : { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "512Mi" } },
        ),
        // The default is a week, and a drain would hang as long on a false alarm of a critical quorum:
        // https://www.rabbitmq.com/kubernetes/operator/using-operator
        terminationGracePeriodSeconds: 900,
        ...tls(ctx),
        tolerations: placement(ctx).tolerations,
      },
    }),
    // The operator makes no PodDisruptionBudget of its own:
    // https://github.com/rabbitmq/cluster-operator/tree/main/docs/examples/production-ready
    disruptionBudget(ctx, role, podSelector(ctx)),
    clientsOnly(ctx, {
      role,
      ports: offered<number>(ctx.internalTls, ports),
      podLabels: podSelector(ctx),
      operator: {
        namespace: rabbitmqTopologyOperator.namespace,
        ports: [operatorTrustsUs(ctx) ? ports.encryptedManagement : ports.management],
      },
    }),
  ],
});

/**
 * Erlang looks for IPv4 addresses, and its nodes speak among themselves over IPv4, if nothing else is said:
 * https://github.com/rabbitmq/cluster-operator/tree/main/docs/examples/ipv6
 */
const overIpv6 = (ctx: RabbitContext) =>
  isIpv6(ctx)
    ? {
        envConfig: `SERVER_ADDITIONAL_ERL_ARGS="-kernel inetrc '/etc/rabbitmq/erl_inetrc' -proto_dist inet6_tcp"\nCTL_ERL_ARGS="-proto_dist inet6_tcp"\n`,
        erlangInetConfig: "{inet6, true}.\n",
      }
    : {};

/**
 * A lost host ends no connection, and a message that is on its way to one waits for the heartbeats, 30 s or more. Linux gives up
 * earlier where it is told to (TCP_USER_TIMEOUT, option 18 of tcp(7)). rabbitmq.conf has no key for it, and what is here replaces
 * the list of defaults: https://www.rabbitmq.com/docs/networking#tuning-for-throughput-tcp-buffers
 */
const endingSilentClients = ({ options: { options, tcpUserTimeout } }: RabbitContext): { advancedConfig?: string } =>
  Object.keys(options).some((key) => key.startsWith("tcp_listen_options."))
    ? {}
    : {
        advancedConfig: `[{rabbit, [{tcp_listen_options, [
  {backlog, 128}, {nodelay, true}, {linger, {true, 0}}, {exit_on_close, false},
  {raw, 6, 18, <<${tcpUserTimeout * 1000}:32/native>>}
]}]}].
`,
      };

/**
 * The topology operator trusts what its own pod trusts (https://www.rabbitmq.com/kubernetes/operator/tls-topology-operator).
 * Ours is told about the cluster's CA when it is installed.
 */
const operatorTrustsUs = (ctx: RabbitContext): boolean =>
  ctx.internalTls !== "none" && ctx.installs(rabbitmqTopologyOperator.name);

/**
 * The operator would choose HTTPS by itself, and we do not know which CA another one trusts. The network policy admits the
 * operator alone.
 */
const plainManagement = (ctx: RabbitContext): Record<string, string> =>
  ctx.internalTls === "none" || operatorTrustsUs(ctx)
    ? {}
    : {
        "rabbitmq.com/operator-connection-uri": `http://${serviceHost(ctx.instance, ctx.namespace, ctx.dns)}:${ports.management}`,
      };

/** Without the plain listeners there is no plain management port either, so they stay where that is needed. */
const tls = (ctx: RabbitContext): object =>
  ctx.internalTls === "none"
    ? {}
    : {
        tls: {
          disableNonTLSListeners: ctx.internalTls === "required" && operatorTrustsUs(ctx),
          secretName: certificateSecret(ctx),
        },
      };

const storageOf = (ctx: RabbitContext): string =>
  canonicalQuantity(ctx.options.storage ?? (ctx.profile === "production" ? "20Gi" : "5Gi"));

/** The operator's pods carry the cluster's name under `name`; the instance label comes from our override. */
const podSelector = (ctx: RabbitContext): Record<string, string> => ({
  "app.kubernetes.io/instance": ctx.instance,
  "app.kubernetes.io/name": ctx.instance,
});

const withoutTolerations = (ctx: RabbitContext): object => {
  const { tolerations: _, ...rest } = placement(ctx);
  return rest;
};

/** Queues follow the members: a new one gets replicas of existing queues (https://www.rabbitmq.com/docs/quorum-queues). */
function additionalConfig(ctx: RabbitContext): string {
  const keys: Readonly<Record<string, string | number | boolean>> = {
    ...(ctx.profile === "production" ? {} : { "disk_free_limit.absolute": "256MB" }),
    cluster_partition_handling: "pause_minority",
    // Until a silent member is given up, what declares an exchange waits. The default of 60 is up to 75 s, and 12 is 9 to 15:
    // https://www.rabbitmq.com/docs/nettick
    net_ticktime: 12,
    queue_leader_locator: "balanced",
    "quorum_queue.continuous_membership_reconciliation.auto_remove": true,
    "quorum_queue.continuous_membership_reconciliation.enabled": true,
    "quorum_queue.continuous_membership_reconciliation.target_group_size": Math.min(5, ctx.scaling(role).replicas ?? 3),
    ...Object.fromEntries(Object.entries(ctx.options.options).sort(byKey)),
  };
  return Object.entries(keys)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join("");
}
