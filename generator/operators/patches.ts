import type { KubernetesObject } from "../contract/kubernetes.ts";
import { leavingLostNodes } from "../kit/pod.ts";
import type { Site } from "./operator.ts";

// Strategic merge patches on the manifests of operators that come without a chart.

/**
 * An operator with one replica holds back, while it is lost with its host, every commit to what it runs: a second one
 * waits for the lease.
 */
export const outlivingHosts = (deployment: string, { production }: Site): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: deployment },
  spec: {
    ...(production ? { replicas: 2 } : {}),
    template: { spec: { tolerations: leavingLostNodes } },
  },
});

/**
 * A Go program reads the directory once, in addition to the system's own (https://pkg.go.dev/crypto/x509#SystemCertPool). It
 * trusts a new CA after it has started again.
 */
export const trusting = (deployment: string, container: string, secret: string): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: deployment },
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: container,
            env: [{ name: "SSL_CERT_DIR", value: "/etc/ssl/certs:/etc/ssl/internal" }],
            volumeMounts: [{ name: "internal-tls", mountPath: "/etc/ssl/internal", readOnly: true }],
          },
        ],
        volumes: [{ name: "internal-tls", secret: { secretName: secret, items: [{ key: "ca.crt", path: "ca.crt" }] } }],
      },
    },
  },
});

/** Leaves the namespace to another operator that brings it. */
export const withoutNamespace = (name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
  $patch: "delete",
});
