import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";

// What can be referred to has an identity: `Service cloud/glance-api`, and with a part of it `Service cloud/glance-api#9292`.

/** One place where an object names another. */
export interface Reference {
  readonly id: string;
  readonly path: string;
}
interface Typed {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
  readonly port?: number;
}

/** Identity of an object, or of a part of it. */
export const identity = (kind: string, namespace: string | undefined, name: string, part?: string | number): string =>
  `${kind} ${namespace ?? ""}/${name}${part === undefined ? "" : `#${part}`}`;

/** Everything that an object, or a part of one in this namespace, refers to. */
export function referencesOf(value: unknown, namespace: string | undefined, path = ""): Reference[] {
  if (typeof value === "string") return hostsIn(value).map((id) => ({ id, path }));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = `${path}/${key}`;
    // A certificate may name more than there is.
    if (key === "dnsNames") return [];
    const here = Array.isArray(value) ? [] : namedBy(key, item, namespace);
    return [...here.map((id) => ({ id, path: at })), ...referencesOf(item, namespace, at)];
  });
}

/** Keys by which Kubernetes and the operators name other objects. */
function namedBy(key: string, value: unknown, namespace: string | undefined): string[] {
  if (typeof value === "string") {
    const kind = { serviceAccountName: "ServiceAccount", serviceName: "Service" }[key];
    const clusterWide = classes[key];
    if (kind !== undefined) return [identity(kind, namespace, value)];
    return clusterWide === undefined ? [] : [identity(clusterWide, undefined, value)];
  }
  const item = value as Record<string, string>;
  if (/^(secretKeyRef|.*SecretKeyRef)$/.test(key)) return [identity("Secret", namespace, item.name!, item.key)];
  if (/(CA|Cert)SecretRef$/.test(key)) return [identity("Secret", namespace, item.name!)];
  switch (key) {
    case "configMapKeyRef":
      return [identity("ConfigMap", namespace, item.name!, item.key)];
    case "configMap":
    case "configMapRef":
      return [identity("ConfigMap", namespace, item.name!)];
    case "secret":
      return secretParts(item as Mounted, namespace);
    case "tls":
      return item.secretName === undefined ? [] : [identity("Secret", namespace, item.secretName)];
    case "issuerRef":
      return [identity(item.kind!, item.kind === "ClusterIssuer" ? undefined : namespace, item.name!)];
    case "persistentVolumeClaim":
      return item.claimName === undefined ? [] : [identity("PersistentVolumeClaim", namespace, item.claimName)];
    case "mariaDbRef":
      return [identity("MariaDB", item.namespace ?? namespace, item.name!)];
    case "rabbitmqClusterReference":
      return [identity("RabbitmqCluster", item.namespace ?? namespace, item.name!)];
    case "importCredentialsSecret":
      return ["username", "password"].map((part) => identity("Secret", namespace, item.name!, part));
    case "imagePullSecrets":
      return (value as Typed[]).map(({ name }) => identity("Secret", namespace, name));
    case "roleRef":
    case "scaleTargetRef":
    case "parametersRef":
    case "subjects":
    case "targetRefs":
    case "parentRefs":
    case "backendRefs":
    case "caCertificateRefs":
    case "certificateRefs":
      return [value as Typed | Typed[]]
        .flat()
        .map((ref) => identity(ref.kind, ref.namespace ?? namespace, ref.name, ref.sectionName ?? ref.port));
    default:
      return [];
  }
}

/** A Secret as a volume, alone or among others, and the keys that are picked from it. */
interface Mounted {
  readonly secretName?: string;
  readonly name?: string;
  readonly items?: readonly { readonly key: string }[];
}
function secretParts({ secretName, name = secretName, items = [] }: Mounted, namespace: string | undefined): string[] {
  if (name === undefined) return [];
  return [identity("Secret", namespace, name), ...items.map(({ key }) => identity("Secret", namespace, name, key))];
}

/** Keys that name what belongs to the whole Kubernetes cluster. */
export const classes: Readonly<Record<string, string>> = {
  gatewayClassName: "GatewayClass",
  priorityClassName: "PriorityClass",
  storageClassName: "StorageClass",
};

/** In-cluster host names in a text, with the port where one follows: `Host glance-api.cloud.svc.cluster.local:9292`. */
const hostsIn = (text: string): string[] =>
  [...text.matchAll(/(?<![\w.-])([a-z0-9][a-z0-9.-]*\.svc\.[a-z0-9.-]*[a-z0-9])(:[0-9]+)?/g)].map(
    ([, host, port]) => `Host ${host}${port ?? ""}`,
  );

/** Fields of what makes hosts and parts. */
interface Maker {
  readonly replicas: number;
  readonly port: number;
  readonly ports: readonly { readonly port: number }[];
  readonly serviceName: string;
  readonly template: {
    readonly spec: {
      readonly containers: readonly { readonly ports?: readonly { readonly containerPort: number }[] }[];
    };
  };
  readonly secretName: string;
  readonly tls?: { readonly disableNonTLSListeners?: boolean };
  readonly listeners: readonly {
    readonly name: string;
    readonly tls?: { readonly certificateRefs: readonly Typed[] };
  }[];
}

/** Ports of the containers of a pod. */
const portsOf = ({ template }: Maker): number[] =>
  template.spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));

/** Ports of a broker: the plain one unless it is closed, and the one with TLS where there is a certificate. */
const brokerPorts = ({ tls }: Maker, plain: number, encrypted: number): number[] => [
  ...(tls?.disableNonTLSListeners ? [] : [plain]),
  ...(tls === undefined ? [] : [encrypted]),
];

/** What an object is, and what it makes: parts that others can name, and hosts that resolve. */
export function madeBy(object: KubernetesObject, dns: string): string[] {
  const { kind, metadata } = object;
  const spec = object.spec as Maker;
  const { name, namespace } = metadata;
  const part = (value: string | number) => identity(kind, namespace, name, value);
  const host = (prefix: string, ...ports: readonly number[]) => {
    const full = `Host ${prefix}.${namespace}.svc.${dns}`;
    return [full, ...ports.map((port) => `${full}:${port}`)];
  };
  const members = (count: number, prefix: (index: number) => string, ...ports: readonly number[]) =>
    Array.from({ length: count }, (_, index) => host(prefix(index), ...ports)).flat();
  const parts = (): string[] => {
    switch (kind) {
      case "ConfigMap":
        return Object.keys((object.data ?? {}) as object).map(part);
      case "Service":
        // One that gives pods their names has none.
        return (spec.ports ?? []).flatMap(({ port }) => [part(port), ...host(name, port)]);
      case "StatefulSet":
        return members(spec.replicas, (index) => `${name}-${index}.${spec.serviceName}`, ...portsOf(spec));
      case "MariaDB":
        return [
          ...host(spec.replicas > 1 ? `${name}-primary` : name, spec.port),
          ...members(spec.replicas, (index) => `${name}-${index}.${name}-internal`, spec.port),
        ];
      case "RabbitmqCluster":
        return host(name, ...brokerPorts(spec, 5672, 5671), ...brokerPorts(spec, 15672, 15671));
      case "Certificate":
        return ["", "ca.crt", "tls.crt", "tls.key"].map((key) =>
          identity("Secret", namespace, spec.secretName, key === "" ? undefined : key),
        );
      case "Gateway":
        return spec.listeners.flatMap((listener) => [
          part(listener.name),
          // cert-manager issues what an annotated Gateway asks for.
          ...(Object.keys(metadata.annotations ?? {}).some((key) => key.startsWith("cert-manager.io/"))
            ? (listener.tls?.certificateRefs ?? []).map((ref) => identity("Secret", namespace, ref.name))
            : []),
        ]);
      default:
        return [];
    }
  };
  return [identity(kind, namespace, name), ...parts()];
}
