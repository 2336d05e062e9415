import type { KubernetesObject } from "../contract/kubernetes.ts";
import type { ServerCertificate } from "../contract/secret.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { internalTls } from "../input/spec.ts";
import { certificateOf, speaksHttps, trustingOperators, trustSecret } from "../kit/tls.ts";
import type { Instance, Model } from "../model/model.ts";
import { contextOf } from "./context.ts";

/**
 * Certificates of the inside, and the CA that signs them where nobody else does. They lie beside the namespaces, not in the
 * bases: every one names the issuer and full host names, which are the cluster's.
 */
export function certificates(model: Model): KubernetesObject[] {
  const { spec, namespaces, instances } = model;
  if (internalTls(spec) === "none") return [];
  const issuer = spec.internal.issuer ?? { kind: "ClusterIssuer", name: authority(model) };
  return [
    ...(spec.internal.issuer === undefined ? ownAuthority(model) : []),
    ...namespaces.map(({ name }) => certificate(name, trustOf(trustSecret, name), issuer)),
    ...operatorsThatTrustOurCa(model).map((name) => {
      const namespace = trustingOperators[name]!;
      return certificate(namespace, trustOf(operatorTrust(spec), namespace), issuer);
    }),
    ...instances.flatMap((instance) =>
      certificatesOf(instance, model).map((item) => certificate(instance.namespace, item, issuer)),
    ),
  ];
}

/** What one instance shows to its clients. */
export function certificatesOf(instance: Instance, model: Model): ServerCertificate[] {
  const { component } = instance;
  const ctx = contextOf(instance, model);
  if (ctx.internalTls === "none") return [];
  const roles = [...new Set(Object.values(component.endpoints ?? {}).map(({ role }) => role))];
  return [
    ...(component.certificates?.(ctx) ?? []),
    ...(speaksHttps(ctx) && roles.length > 0
      ? [{ ...certificateOf(ctx), dnsNames: roles.flatMap((role) => certificateOf(ctx, role).dnsNames) }]
      : []),
  ];
}

/** Where cert-manager looks for the Secret of a ClusterIssuer, unless its installation says otherwise. */
const authorityNamespace = "cert-manager";

/** Name of the cluster's own CA; two clouds in one Kubernetes cluster have two. */
const authority = ({ spec }: Pick<Model, "spec">): string => `${spec.name}-internal`;

/** Secret with the CA in an operator's namespace. */
export const operatorTrust = (spec: ClusterSpec): string => `${authority({ spec })}-trust`;

/** Operators that the delivery engine tells about the CA. */
export const operatorsThatTrustOurCa = ({ spec, operators }: Model): string[] =>
  internalTls(spec) === "none"
    ? []
    : Object.keys(trustingOperators).filter(
        (name) => operators.includes(name) && spec.operators?.[name as keyof typeof spec.operators] !== "existing",
      );

/** A CA's certificate comes with every certificate that it signs. This one is for that alone: nobody serves its name. */
const trustOf = (secret: string, namespace: string): ServerCertificate => ({
  secret,
  dnsNames: [`${secret}.${namespace}.svc`],
});

const day = 24;
/** A year, renewed four months before its end: each renewal costs a restart somewhere, and somebody may have to notice. */
const lifetime = { duration: `${365 * day}h0m0s`, renewBefore: `${120 * day}h0m0s` };

/**
 * Galera takes no intermediate CA (MDEV-35812), so the root signs everything. Its key stays when it is renewed: what it
 * has signed is valid under the old certificate and the new one.
 */
function ownAuthority(model: Model): KubernetesObject[] {
  const name = authority(model);
  return [
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata: { name, namespace: authorityNamespace, labels },
      spec: { selfSigned: {} },
    },
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name, namespace: authorityNamespace, labels },
      spec: {
        commonName: name,
        duration: `${3650 * day}h0m0s`,
        isCA: true,
        issuerRef: { group: "cert-manager.io", kind: "Issuer", name },
        privateKey: { algorithm: "ECDSA", rotationPolicy: "Never", size: 256 },
        renewBefore: `${1825 * day}h0m0s`,
        secretName: name,
        usages: ["cert sign", "crl sign", "digital signature"],
      },
    },
    {
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { name, labels },
      spec: { ca: { secretName: name } },
    },
  ];
}

const certificate = (
  namespace: string,
  { secret, dnsNames, labels: secretLabels, usages = ["digital signature", "server auth"] }: ServerCertificate,
  issuer: { readonly kind: string; readonly name: string },
): KubernetesObject => ({
  apiVersion: "cert-manager.io/v1",
  kind: "Certificate",
  metadata: { name: secret, namespace, labels },
  spec: {
    dnsNames: [...dnsNames],
    ...lifetime,
    issuerRef: { group: "cert-manager.io", ...issuer },
    privateKey: { algorithm: "ECDSA", rotationPolicy: "Always", size: 256 },
    secretName: secret,
    ...(secretLabels === undefined ? {} : { secretTemplate: { labels: { ...secretLabels } } }),
    usages: [...usages],
  },
});

const labels = { "app.kubernetes.io/managed-by": "overstack", "app.kubernetes.io/part-of": "openstack" };
