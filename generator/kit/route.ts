import type { Endpoint } from "../contract/component.ts";
import type { Context } from "../contract/context.ts";
import { endpointName } from "../contract/endpoints.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { labels, objectName, placed, serviceHost } from "./names.ts";
import { trustSecret } from "./tls.ts";

/**
 * HTTPRoute of an endpoint. Our own Gateway has one listener per public name and the route names the listener: a base
 * then needs no domain. For an existing Gateway the route carries the host name itself.
 */
export const route = (
  ctx: Context,
  key: string,
  endpoint: Endpoint,
  existing?: { readonly name: string; readonly namespace: string; readonly host: string },
): Placed =>
  placed("run", {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: objectName(ctx, endpoint.role), labels: labels(ctx, endpoint.role) },
    spec: {
      ...(existing === undefined ? {} : { hostnames: [existing.host] }),
      parentRefs: [
        existing === undefined
          ? {
              group: "gateway.networking.k8s.io",
              kind: "Gateway",
              name: "gateway",
              namespace: ctx.gatewayNamespace,
              sectionName: endpointName(key, ctx.instance, ctx.component),
            }
          : { group: "gateway.networking.k8s.io", kind: "Gateway", name: existing.name, namespace: existing.namespace },
      ],
      rules: [
        {
          backendRefs: [
            { group: "", kind: "Service", name: objectName(ctx, endpoint.role), port: endpoint.port, weight: 1 },
          ],
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          timeouts: { request: `${endpoint.timeout ?? 60}s` },
        },
      ],
    },
  });

/**
 * How a Gateway speaks to an API that serves HTTPS. Gateway API knows CAs in ConfigMaps, and leaves other kinds to each
 * Gateway (https://gateway-api.sigs.k8s.io/api-types/backendtlspolicy/): Envoy Gateway reads the `ca.crt` of a Secret, which
 * is what cert-manager makes.
 */
export const backendTls = (ctx: Context, endpoint: Endpoint): Placed =>
  placed("run", {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "BackendTLSPolicy",
    metadata: { name: objectName(ctx, endpoint.role), labels: labels(ctx, endpoint.role) },
    spec: {
      targetRefs: [{ group: "", kind: "Service", name: objectName(ctx, endpoint.role) }],
      validation: {
        caCertificateRefs: [{ group: "", kind: "Secret", name: trustSecret }],
        hostname: serviceHost(objectName(ctx, endpoint.role), ctx.namespace, ctx.dns),
      },
    },
  });
