import { z } from "zod";
import { component } from "../contract/component.ts";
import type { ClusterValues, Context, PublicName } from "../contract/context.ts";
import { integer, ipv4Address } from "../contract/formats.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { error } from "../issues/issue.ts";
import { labels, objectName, placed } from "../kit/names.ts";
import { byRevision, placement, resources, spreading } from "../kit/pod.ts";
import { envoyGateway, envoyImage } from "../operators/envoy-gateway.ts";

const role = "proxy";
const group = "gateway.networking.k8s.io";

const options = z.strictObject({
  serviceType: z
    .enum(["LoadBalancer", "NodePort", "ClusterIP"])
    .default("LoadBalancer")
    .describe("How the proxies are reached from outside."),
  loadBalancerAddress: ipv4Address
    .optional()
    .describe("IPv4 address that the load balancer shall take; Envoy Gateway takes no other."),
  loginsPerMinute: integer(1, 100_000)
    .optional()
    .describe(
      "POST requests in a minute that each proxy lets one address send to where passwords are tried: the Identity service, the dashboard. Not set: any number.",
    ),
});
type GatewayContext = Context<z.output<typeof options>> & ClusterValues;

/** Public entry: one listener for each public name, proxies that leave out a backend that does not answer. */
export default component({
  name: "gateway",
  summary: "Public access: a Gateway of Envoy proxies, one listener for each public name.",
  group: "infrastructure",
  publishes: true,
  options,
  roles: { proxy: { replicas: 3, scaling: "free" } },
  development: { roles: { proxy: { replicas: 1 } } },
  operators: [envoyGateway.name],
  check: ({ instance, options: { serviceType, loadBalancerAddress } }) => [
    ...(instance === "gateway"
      ? []
      : [
          error(
            "second-gateway",
            `${instance} would be a second Gateway, and routes know one of them`,
            "Call it gateway; another Gateway, made elsewhere, is named by access: { mode: existing }.",
            { path: [] },
          ),
        ]),
    ...(loadBalancerAddress === undefined || serviceType === "LoadBalancer"
      ? []
      : [
          error(
            "unused-key",
            `${instance} has no load balancer that could take an address: its serviceType is ${serviceType}`,
            "Remove loadBalancerAddress, or serviceType.",
            { path: ["loadBalancerAddress"] },
          ),
        ]),
  ],
  images: { envoy: () => envoyImage },
  manifests: (ctx) => [
    gateway(ctx),
    ...(ctx.tls === "none" ? [] : [redirect(ctx)]),
    proxies(ctx),
    clientPolicy(ctx),
    backendPolicy(ctx),
    ...loginPolicies(ctx),
  ],
});

function gateway(ctx: GatewayContext): Placed {
  const { tls, publicNames } = ctx;
  const issuer = typeof tls === "object" && "issuer" in tls ? tls.issuer : undefined;
  const plain = { name: "http", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "Same" } } };
  return placed("run", {
    apiVersion: `${group}/v1`,
    kind: "Gateway",
    metadata: {
      name: objectName(ctx),
      labels: labels(ctx, role),
      ...(issuer === undefined
        ? {}
        : {
            annotations: { [`cert-manager.io/${issuer.kind === "Issuer" ? "issuer" : "cluster-issuer"}`]: issuer.name },
          }),
    },
    spec: {
      gatewayClassName: ctx.gatewayClass,
      infrastructure: { parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: objectName(ctx) } },
      listeners:
        tls === "none"
          ? publicNames.map((name) => listener(name))
          : [
              plain,
              ...publicNames.map((name) =>
                listener(name, typeof tls === "object" && "secret" in tls ? tls.secret : `${name.section}-tls`),
              ),
            ],
    },
  });
}

const listener = ({ section, host, namespace }: PublicName, secret?: string): object => ({
  name: section,
  hostname: host,
  ...(secret === undefined
    ? { port: 80, protocol: "HTTP" }
    : {
        port: 443,
        protocol: "HTTPS",
        tls: { certificateRefs: [{ group: "", kind: "Secret", name: secret }], mode: "Terminate" },
      }),
  allowedRoutes: {
    namespaces: { from: "Selector", selector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
  },
});

const redirect = (ctx: GatewayContext): Placed =>
  placed("run", {
    apiVersion: `${group}/v1`,
    kind: "HTTPRoute",
    metadata: { name: objectName(ctx, "redirect"), labels: labels(ctx, "redirect") },
    spec: {
      parentRefs: [{ group, kind: "Gateway", name: objectName(ctx), sectionName: "http" }],
      rules: [
        {
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
        },
      ],
    },
  });

const proxies = (ctx: GatewayContext): Placed => {
  const selector = {
    "gateway.envoyproxy.io/owning-gateway-name": objectName(ctx),
    "gateway.envoyproxy.io/owning-gateway-namespace": ctx.namespace,
  };
  const { autoscaling, replicas } = ctx.scaling(role);
  return placed("run", {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyProxy",
    metadata: { name: objectName(ctx), labels: labels(ctx, role) },
    spec: {
      ...ipFamily(ctx),
      provider: {
        type: "Kubernetes",
        kubernetes: {
          envoyDeployment: {
            ...(autoscaling === undefined ? { replicas } : {}),
            container: {
              image: ctx.image("envoy"),
              resources: resources(ctx, role, {
                requests: { cpu: "100m", memory: "256Mi" },
                limits: { memory: "1Gi" },
              }),
            },
            pod: {
              ...byRevision(spreading(ctx, role, selector)),
              ...placement(ctx),
              ...(ctx.pod.labels === undefined ? {} : { labels: ctx.pod.labels }),
              ...(ctx.pod.annotations === undefined ? {} : { annotations: ctx.pod.annotations }),
              ...(ctx.pod.pullSecrets === undefined
                ? {}
                : { imagePullSecrets: ctx.pod.pullSecrets.map((name) => ({ name })) }),
            },
          },
          ...(autoscaling === undefined
            ? {}
            : {
                envoyHpa: {
                  minReplicas: autoscaling.minReplicas,
                  maxReplicas: autoscaling.maxReplicas,
                  metrics: [
                    {
                      type: "Resource",
                      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: autoscaling.cpu } },
                    },
                  ],
                },
              }),
          envoyPDB: { maxUnavailable: 1 },
          envoyService: {
            type: ctx.options.serviceType,
            ...(ctx.options.loadBalancerAddress === undefined
              ? {}
              : { loadBalancerIP: ctx.options.loadBalancerAddress }),
          },
        },
      },
      shutdown: { drainTimeout: "300s", minDrainDuration: "10s" },
    },
  });
};

/** Without it Envoy Gateway listens at IPv4 addresses alone: https://gateway.envoyproxy.io/docs/api/extension_types/#ipfamily */
const ipFamily = ({ ipFamilies }: GatewayContext): { ipFamily?: string } =>
  ipFamilies.includes("IPv6") ? { ipFamily: ipFamilies.length > 1 ? "DualStack" : "IPv6" } : {};

/**
 * What clients say about where a request comes from is not believed: services read these headers, and to them a name with underscores
 * is the same as one with dashes (https://docs.openstack.org/oslo.middleware/latest/reference/api.html#oslo_middleware.HTTPProxyToWSGI).
 * Envoy then says it.
 */
const forwarding = [
  "Forwarded",
  ...["For", "Host", "Port", "Prefix", "Proto"].flatMap((word) => [`X-Forwarded-${word}`, `X_Forwarded_${word}`]),
];

/** An upload that pauses is not an upload that died. */
const clientPolicy = (ctx: GatewayContext): Placed =>
  placed("run", {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "ClientTrafficPolicy",
    metadata: { name: objectName(ctx), labels: labels(ctx, role) },
    spec: {
      headers: {
        earlyRequestHeaders: { remove: [...forwarding] },
        ...(ctx.tls === "none"
          ? {}
          : {
              lateResponseHeaders: { addIfAbsent: [{ name: "Strict-Transport-Security", value: "max-age=31536000" }] },
            }),
        // Users' properties of images are headers: x-image-meta-property-os_distro.
        withUnderscoresAction: "Allow",
      },
      path: { escapedSlashesAction: "KeepUnchanged" },
      targetRefs: [{ group, kind: "Gateway", name: objectName(ctx) }],
      timeout: { http: { requestReceivedTimeout: "0s", streamIdleTimeout: "1h" } },
    },
  });

/**
 * A policy of a listener takes the place of that of its Gateway: it has all of it. A limit knows an address, and what it asks for by its method
 * alone: a path can be written in several ways. https://gateway.envoyproxy.io/v1.9/tasks/traffic/local-rate-limit/
 */
const loginPolicies = (ctx: GatewayContext): Placed[] => {
  const { loginsPerMinute: requests } = ctx.options;
  if (requests === undefined) return [];
  const rule = (value: string) => ({
    clientSelectors: [{ methods: [{ value: "POST" }], sourceCIDR: { type: "Distinct", value } }],
    limit: { requests, unit: "Minute" },
  });
  const rateLimit = { local: { rules: [rule("0.0.0.0/0"), rule("::/0")] } };
  return ctx.publicNames
    .filter(({ passwords }) => passwords)
    .map(({ section }) => backendPolicy(ctx, { name: `logins-${section}`, sectionName: section, rateLimit }));
};

/** A lost host stays in the endpoints until its node is NotReady: proxies probe by themselves, and retry what never reached a server. */
const backendPolicy = (
  ctx: GatewayContext,
  listener?: { readonly name: string; readonly sectionName: string; readonly rateLimit: object },
): Placed =>
  placed("run", {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "BackendTrafficPolicy",
    metadata: { name: objectName(ctx, listener?.name), labels: labels(ctx, listener?.name ?? role) },
    spec: {
      ...(listener === undefined ? {} : { rateLimit: listener.rateLimit }),
      healthCheck: {
        active: { healthyThreshold: 1, interval: "3s", tcp: {}, timeout: "1s", type: "TCP", unhealthyThreshold: 2 },
        passive: {
          baseEjectionTime: "30s",
          consecutiveLocalOriginFailures: 3,
          interval: "3s",
          maxEjectionPercent: 50,
          splitExternalLocalOriginErrors: true,
        },
      },
      retry: {
        numRetries: 2,
        perRetry: { backOff: { baseInterval: "100ms", maxInterval: "1s" } },
        retryOn: { triggers: ["connect-failure", "reset-before-request"] },
      },
      targetRefs: [
        {
          ...{ group, kind: "Gateway", name: objectName(ctx) },
          ...(listener === undefined ? {} : { sectionName: listener.sectionName }),
        },
      ],
      timeout: { tcp: { connectTimeout: "3s" } },
    },
  });
