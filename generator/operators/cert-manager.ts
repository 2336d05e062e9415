import { type KubernetesObject, ownerLabels } from "../contract/kubernetes.ts";
import type { ServerCertificate } from "../contract/secret.ts";
import { leavingLostNodes } from "../kit/pod.ts";
import type { Operator } from "./operator.ts";

const version = "v1.21.2";
const group = "cert-manager.io";

/** Signs certificates, and renews them. */
export const certManager: Operator = {
  name: "cert-manager",
  title: "cert-manager",
  namespace: "cert-manager",
  // Its Gateway support looks for the Gateway API when it starts: https://cert-manager.io/docs/usage/gateway/
  wants: ["envoy-gateway"],
  source: {
    type: "oci",
    repository: "oci://quay.io/jetstack/charts",
    charts: [
      {
        name: "cert-manager",
        version,
        crds: true,
        values: ({ production, registry }) => ({
          ...(registry === undefined ? {} : { imageRegistry: registry }),
          cainjector: {
            podDisruptionBudget: { enabled: production },
            replicaCount: production ? 2 : 1,
            tolerations: leavingLostNodes,
          },
          config: {
            apiVersion: "controller.config.cert-manager.io/v1alpha1",
            enableGatewayAPI: true,
            kind: "ControllerConfiguration",
          },
          crds: { enabled: true, keep: true },
          podDisruptionBudget: { enabled: production },
          replicaCount: production ? 2 : 1,
          tolerations: leavingLostNodes,
          webhook: {
            podDisruptionBudget: { enabled: production },
            replicaCount: production ? 3 : 1,
            tolerations: leavingLostNodes,
          },
        }),
      },
    ],
  },
  deployments: ["cert-manager", "cert-manager-webhook"],
  images: ["acmesolver", "cainjector", "controller", "startupapicheck", "webhook"].map(
    (name) => `quay.io/jetstack/cert-manager-${name}:${version}`,
  ),
  // When its names, usages, key or issuer change: https://cert-manager.io/docs/usage/certificate/#reissuance-triggered-by-user-actions
  resources: { "cert-manager.io/Certificate": { reissued: "the certificate is issued again" } },
};

/** The kind of what signs certificates in every namespace. */
export const clusterIssuerKind = "ClusterIssuer";
/** Kinds of what signs a certificate: for one namespace, or for all. */
export const issuerKinds = ["Issuer", clusterIssuerKind] as const;

/** What signs a certificate. */
export interface Issuer {
  readonly kind: (typeof issuerKinds)[number];
  readonly name: string;
}

/** The issuer of this name that signs in every namespace. */
export const clusterIssuer = (name: string): Issuer => ({ kind: clusterIssuerKind, name });

const days = (count: number): string => `${count * 24}h0m0s`;

/**
 * Certificate of a server. It is valid for a year and renewed four months before its end: each renewal costs a restart
 * somewhere, and somebody may have to notice.
 */
export const certificate = (
  namespace: string,
  {
    secret,
    commonName,
    dnsNames,
    labels: secretLabels,
    usages = ["digital signature", "server auth"],
  }: ServerCertificate,
  issuer: Issuer,
): KubernetesObject => ({
  apiVersion: `${group}/v1`,
  kind: "Certificate",
  metadata: { name: secret, namespace, labels: ownerLabels() },
  spec: {
    ...(commonName === undefined ? {} : { commonName }),
    dnsNames: [...dnsNames],
    duration: days(365),
    renewBefore: days(120),
    issuerRef: { group, ...issuer },
    privateKey: { algorithm: "ECDSA", rotationPolicy: "Always", size: 256 },
    secretName: secret,
    ...(secretLabels === undefined ? {} : { secretTemplate: { labels: { ...secretLabels } } }),
    usages: [...usages],
  },
});

/**
 * A CA of the cluster's own, as a ClusterIssuer, whose Secret cert-manager reads in its own namespace. Galera takes no
 * intermediate CA (https://jira.mariadb.org/browse/MDEV-35812), so the root signs everything. Its key stays when it is
 * renewed: what it has signed is valid under the old certificate and the new one.
 */
export const authority = (name: string): KubernetesObject[] => [
  {
    apiVersion: `${group}/v1`,
    kind: "Issuer",
    metadata: { name, namespace: certManager.namespace, labels: ownerLabels() },
    spec: { selfSigned: {} },
  },
  {
    apiVersion: `${group}/v1`,
    kind: "Certificate",
    metadata: { name, namespace: certManager.namespace, labels: ownerLabels() },
    spec: {
      // 64 bytes at most (ub-common-name, RFC 5280). Its end is what tells it from others.
      commonName: name.slice(-64),
      duration: days(3650),
      isCA: true,
      issuerRef: { group, kind: "Issuer", name },
      privateKey: { algorithm: "ECDSA", rotationPolicy: "Never", size: 256 },
      renewBefore: days(1825),
      secretName: name,
      usages: ["cert sign", "crl sign", "digital signature"],
    },
  },
  {
    apiVersion: `${group}/v1`,
    kind: clusterIssuerKind,
    metadata: { name, labels: ownerLabels() },
    spec: { ca: { secretName: name } },
  },
];
