import { kindOf } from "../connections/index.ts";
import { endpointsOf, isHttp } from "../contract/endpoints.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import type { ServerCertificate } from "../contract/secret.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { internalTls } from "../input/spec.ts";
import { certificateOf, certificateSecret, speaksHttps, trustSecret } from "../kit/tls.ts";
import type { Instance, Model } from "../model/model.ts";
import { authority, certificate, clusterIssuer } from "../operators/cert-manager.ts";
import { operators } from "../operators/index.ts";
import type { Operator } from "../operators/operator.ts";
import { contextOf } from "./context.ts";

/**
 * Certificates for connections inside the cluster, and the CA that signs them where no issuer is named. They lie with the
 * namespaces, not in the bases: each names the issuer and full host names, which are the cluster's.
 */
export const certificates = (model: Model): KubernetesObject[] => [
  ...ofTheInside(model),
  ...model.instances.filter(({ component }) => component.authority).flatMap((instance) => ofItsOwn(instance, model)),
];

/** True when something in the cluster is signed by cert-manager that no public name needs. */
export const hasCertificates = (model: Model): boolean =>
  internalTls(model.spec) !== "none" || certificates(model).length > 0;

function ofTheInside(model: Model): KubernetesObject[] {
  const { spec, namespaces, instances } = model;
  if (internalTls(spec) === "none") return [];
  const own = authorityName(model);
  const issuer = spec.internal.issuer ?? clusterIssuer(own);
  return [
    ...(spec.internal.issuer === undefined ? authority(own) : []),
    ...namespaces.map(({ name }) => certificate(name, trustOf(trustSecret, name), issuer)),
    ...operatorsThatTrustOurCa(model).map(({ namespace }) =>
      certificate(namespace, trustOf(operatorTrust(spec), namespace), issuer),
    ),
    ...instances.flatMap((instance) =>
      certificatesOf(instance, model).map((item) => certificate(instance.namespace, item, issuer)),
    ),
  ];
}

/**
 * An authority that signs for one instance, its clients and its parts alone: whoever shows a certificate of it may do all there. So nobody else's
 * certificate is taken, and these are plain nowhere. Parts may name a further one of their owner. One that has nothing to sign is not there.
 */
function ofItsOwn(provider: Instance, model: Model): KubernetesObject[] {
  const plain = `${model.spec.name}-${provider.name}`;
  const nameOf = (which?: string): string => (which === undefined ? plain : `${plain}-${which}`);
  const signed = (namespace: string, item: ServerCertificate) =>
    certificate(namespace, item, clusterIssuer(nameOf(item.authority)));
  const clients = model.instances.flatMap(({ name: client, namespace, connections }) =>
    connections
      .filter(({ need, instance }) => instance === provider.name && kindOf(need.kind).certificate)
      .map(({ account }) =>
        signed(namespace, {
          secret: account.secret,
          dnsNames: [`${client}.${namespace}.svc`],
          usages: ["digital signature", "client auth"],
        }),
      ),
  );
  const own = provider.component.certificates?.(contextOf(provider, model)) ?? [];
  const ofParts = model.instances
    .filter((part) => isBelow(part, provider, model))
    .flatMap((part) =>
      (part.component.certificates?.(contextOf(part, model)) ?? [])
        .filter(({ signer }) => signer === provider.component.name)
        .map((item) => ({ part, item })),
    );
  const parts = ofParts.map(({ part, item }) => signed(part.namespace, item));
  const all = [...own.map((item) => signed(provider.namespace, item)), ...onePerSecret(clients), ...parts];
  const apart = ofParts.map(({ item }) => item.authority);
  const used = [...new Set([...(all.length > parts.length ? [undefined] : []), ...apart])].map(nameOf).sort();
  return [...used.flatMap(authority), ...all];
}

/** It is a part of the other one, or of a part of that. */
function isBelow({ owner }: Instance, whole: Instance, model: Model): boolean {
  if (owner === undefined || owner === whole.name) return owner !== undefined;
  return isBelow(model.instances.find(({ name }) => name === owner)!, whole, model);
}

/** Parts that use the connection of their owner share its Secret where they live beside it. */
const onePerSecret = (objects: readonly KubernetesObject[]): KubernetesObject[] => [
  ...new Map(objects.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object])).values(),
];

/** What one instance shows to its clients, and what the authority of the inside signs. */
function certificatesOf(instance: Instance, model: Model): ServerCertificate[] {
  const { component } = instance;
  const ctx = contextOf(instance, model);
  if (component.authority) return [];
  const roles = endpointsOf(component).flatMap(([, endpoint]) => (isHttp(endpoint) ? [endpoint.role] : []));
  const own = component.certificates?.(ctx) ?? [];
  const isWritten = own.some(({ secret }) => secret === certificateSecret(ctx));
  return [
    ...own.filter(({ signer }) => signer === undefined),
    ...(speaksHttps(ctx) && roles.length > 0 && !isWritten
      ? [{ ...certificateOf(ctx), dnsNames: roles.flatMap((role) => certificateOf(ctx, role).dnsNames) }]
      : []),
  ];
}

/** Name of the cluster's own CA; two clouds in one Kubernetes cluster have two. */
const authorityName = ({ spec }: Pick<Model, "spec">): string => `${spec.name}-internal`;

/** Secret with the CA in an operator's namespace. */
export const operatorTrust = (spec: ClusterSpec): string => `${authorityName({ spec })}-trust`;

/** Operators that the delivery engine tells about the CA. */
export const operatorsThatTrustOurCa = ({ spec, operators: used }: Model): Operator[] =>
  internalTls(spec) === "none"
    ? []
    : operators.filter(
        ({ name, trustsInternalCa }) =>
          trustsInternalCa && used.includes(name) && spec.operators?.[name] !== "existing",
      );

/** A CA's certificate comes with every certificate that it signs. This one is for that alone: nobody serves its name. */
const trustOf = (secret: string, namespace: string): ServerCertificate => ({
  secret,
  dnsNames: [`${secret}.${namespace}.svc`],
});
