import { mirrored } from "../base/image.ts";
import { leavingLostNodes } from "../kit/pod.ts";
import type { Operator } from "./operator.ts";

const version = "v1.9.1";
const image = "docker.io/envoyproxy/gateway";

/** The Envoy that this version is built to start. */
export const envoyImage = "docker.io/envoyproxy/envoy:distroless-v1.39.1";

/** What a GatewayClass names so that Envoy Gateway runs its Gateways. */
export const gatewayController = "gateway.envoyproxy.io/gatewayclass-controller";

/** Runs Gateways with Envoy; its chart brings the Gateway API, too. */
export const envoyGateway: Operator = {
  name: "envoy-gateway",
  title: "Envoy Gateway",
  namespace: "envoy-gateway-system",
  source: {
    type: "oci",
    repository: "oci://docker.io/envoyproxy",
    charts: [
      {
        name: "gateway-helm",
        version,
        crds: true,
        values: ({ production, dns, registry }, installed) => ({
          ...(registry === undefined
            ? {}
            : { global: { images: { envoyGateway: { image: `${mirrored(image, registry)}:${installed}` } } } }),
          deployment: { pod: { tolerations: leavingLostNodes }, replicas: production ? 2 : 1 },
          kubernetesClusterDomain: dns,
          podDisruptionBudget: { minAvailable: production ? 1 : 0 },
        }),
      },
    ],
  },
  deployments: ["envoy-gateway"],
  images: [`${image}:${version}`],
  resources: {
    "gateway.networking.k8s.io/BackendTLSPolicy": { references: { "spec/targetRefs/name": "Service" } },
    "gateway.networking.k8s.io/HTTPRoute": { references: { "spec/rules/backendRefs/name": "Service" } },
    "gateway.envoyproxy.io/BackendTrafficPolicy": {
      references: { "spec/targetRefs/name": "gateway.networking.k8s.io/Gateway" },
    },
    "gateway.envoyproxy.io/ClientTrafficPolicy": {
      references: { "spec/targetRefs/name": "gateway.networking.k8s.io/Gateway" },
    },
    "gateway.networking.k8s.io/Gateway": {
      references: { "spec/infrastructure/parametersRef/name": "gateway.envoyproxy.io/EnvoyProxy" },
    },
    "gateway.envoyproxy.io/EnvoyProxy": { images: ["spec/provider/kubernetes/envoyDeployment/container/image"] },
  },
};
