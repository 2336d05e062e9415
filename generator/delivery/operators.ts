import type { KubernetesObject } from "../contract/kubernetes.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { internalTls } from "../input/spec.ts";
import { leavingLostNodes } from "../kit/pod.ts";
import { toYaml } from "../kustomize/yaml.ts";
import { operatorTrust } from "../render/certificates.ts";

/** How an operator is installed: by its own chart or its own manifests, at one version; nothing of it is copied. */
export interface Operator {
  readonly name: string;
  readonly namespace: string;
  /** Operators that must be there first. */
  readonly after: readonly string[];
  readonly source: ChartSource | ManifestSource;
  /** Deployments that are up when it works. */
  readonly deployments: readonly string[];
  /** Images that it runs or starts by itself, as its chart or manifests name them at this version. */
  readonly images: readonly string[];
}
interface ChartSource {
  readonly type: "helm" | "oci";
  readonly repository: string;
  readonly charts: readonly {
    readonly name: string;
    readonly version: string;
    readonly values?: (site: Site) => object;
    readonly crds?: boolean;
  }[];
}
interface ManifestSource {
  readonly type: "git";
  readonly repository: string;
  readonly tag: string;
  readonly path: string;
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
  /** Strategic merge patches on its objects. */
  readonly patches?: (site: Site) => readonly KubernetesObject[];
}
/** What the values depend on. */
export interface Site {
  readonly production: boolean;
  readonly dns: string;
  /** Mirror that replaces the registry of every image. */
  readonly registry: string | undefined;
  /** Secret in the operator's namespace whose `ca.crt` has signed the certificates of what it speaks to. */
  readonly trust: string | undefined;
  /** Operators that somebody else installs. */
  readonly existing: readonly string[];
}

/** What a cluster says about it. */
export const siteOf = (spec: ClusterSpec): Site => ({
  production: spec.profile === "production",
  dns: spec.kubernetes.dnsDomain,
  registry: spec.images.registry,
  trust: internalTls(spec) === "none" ? undefined : operatorTrust(spec),
  existing: Object.entries(spec.operators ?? {}).flatMap(([name, how]) => (how === "existing" ? [name] : [])),
});

/** An image on the mirror, where there is one: the registry's host is replaced, the path stays. */
export const mirrored = (image: string, registry: string | undefined): string =>
  registry === undefined ? image : `${registry}/${image.slice(image.indexOf("/") + 1)}`;

/** Kustomize's `images:` of an operator that comes as manifests. */
export const mirroredImages = (images: ManifestSource["images"], registry: string | undefined): object[] =>
  images.map(({ name, newTag }) => ({
    name,
    ...(registry === undefined ? {} : { newName: mirrored(name, registry) }),
    newTag,
  }));

/** Kustomize's `patches:` of such an operator, as both engines take them: text, and a target that needs no namespace. */
export function patchesOf({ patches = () => [] }: ManifestSource, site: Site): object {
  const wanted = patches(site).map((patch) => ({
    target: { kind: patch.kind, name: patch.metadata.name },
    patch: toYaml(patch),
  }));
  return wanted.length === 0 ? {} : { patches: wanted };
}

const restricted = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
  podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
};

const gatewayImage = "docker.io/envoyproxy/gateway:v1.9.1";
const mariadbOperatorImage = "docker-registry3.mariadb.com/mariadb-operator/mariadb-operator";
const mariadbImages = (registry: string | undefined): object =>
  registry === undefined ? {} : { image: { repository: mirrored(mariadbOperatorImage, registry) } };

/** A Go program reads the directory once, beside the system's own, and begins to trust a new CA when it starts again. */
const trustPatch = (deployment: string, container: string, secret: string): KubernetesObject => ({
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

/**
 * RabbitMQ's operators have one replica, and while it is lost with its host no commit to what has a broker goes through:
 * a second one waits for the lease.
 */
const outlivingHosts = (deployment: string, { production }: Site): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: deployment },
  spec: {
    ...(production ? { replicas: 2 } : {}),
    template: { spec: { tolerations: leavingLostNodes } },
  },
});

/** Both operators of RabbitMQ bring the namespace; two Applications that claim one object are never in sync. */
const sharedNamespace = (name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
  $patch: "delete",
});

/** The operators, in the order in which they can be installed. */
export const operators: readonly Operator[] = [
  {
    name: "cert-manager",
    namespace: "cert-manager",
    // Its Gateway support looks for the Gateway API when it starts.
    after: ["envoy-gateway"],
    source: {
      type: "oci",
      repository: "oci://quay.io/jetstack/charts",
      charts: [
        {
          name: "cert-manager",
          version: "v1.21.2",
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
      (name) => `quay.io/jetstack/cert-manager-${name}:v1.21.2`,
    ),
  },
  {
    name: "envoy-gateway",
    namespace: "envoy-gateway-system",
    after: [],
    source: {
      type: "oci",
      repository: "oci://docker.io/envoyproxy",
      charts: [
        {
          name: "gateway-helm",
          version: "v1.9.1",
          crds: true,
          values: ({ production, dns, registry }) => ({
            ...(registry === undefined
              ? {}
              : { global: { images: { envoyGateway: { image: mirrored(gatewayImage, registry) } } } }),
            deployment: { pod: { tolerations: leavingLostNodes }, replicas: production ? 2 : 1 },
            kubernetesClusterDomain: dns,
            podDisruptionBudget: { minAvailable: production ? 1 : 0 },
          }),
        },
      ],
    },
    deployments: ["envoy-gateway"],
    images: [gatewayImage],
  },
  {
    name: "mariadb-operator",
    namespace: "mariadb-system",
    after: [],
    source: {
      type: "helm",
      repository: "https://helm.mariadb.com/mariadb-operator",
      charts: [
        { name: "mariadb-operator-crds", version: "25.10.4", crds: true },
        {
          name: "mariadb-operator",
          version: "25.10.4",
          values: ({ production, dns, registry }) => ({
            ...restricted,
            ...mariadbImages(registry),
            certController: {
              ...restricted,
              ...mariadbImages(registry),
              ha: { enabled: production, replicas: 2 },
              pdb: { enabled: production, maxUnavailable: 1 },
              tolerations: leavingLostNodes,
            },
            clusterName: dns,
            crds: { enabled: false },
            ha: { enabled: production, replicas: 2 },
            pdb: { enabled: production, maxUnavailable: 1 },
            tolerations: leavingLostNodes,
            // While the webhook is away nothing of its group can be applied.
            webhook: {
              ...restricted,
              ...mariadbImages(registry),
              ha: { enabled: production, replicas: 3 },
              pdb: { enabled: production, maxUnavailable: 1 },
              tolerations: leavingLostNodes,
            },
          }),
        },
      ],
    },
    deployments: ["mariadb-operator", "mariadb-operator-webhook"],
    images: [`${mariadbOperatorImage}:25.10.4`],
  },
  {
    name: "rabbitmq-cluster-operator",
    namespace: "rabbitmq-system",
    after: [],
    source: {
      type: "git",
      repository: "https://github.com/rabbitmq/cluster-operator",
      tag: "v2.20.0",
      path: "config/installation",
      images: [{ name: "ghcr.io/rabbitmq/cluster-operator", newTag: "2.20.0" }],
      patches: (site) => [outlivingHosts("rabbitmq-cluster-operator", site)],
    },
    deployments: ["rabbitmq-cluster-operator"],
    images: ["ghcr.io/rabbitmq/cluster-operator:2.20.0"],
  },
  {
    name: "rabbitmq-topology-operator",
    namespace: "rabbitmq-system",
    after: ["cert-manager", "rabbitmq-cluster-operator"],
    source: {
      type: "git",
      repository: "https://github.com/rabbitmq/messaging-topology-operator",
      tag: "v1.20.1",
      path: "config/installation",
      images: [{ name: "ghcr.io/rabbitmq/messaging-topology-operator", newTag: "1.20.1" }],
      patches: (site) => [
        outlivingHosts("messaging-topology-operator", site),
        ...(site.existing.includes("rabbitmq-cluster-operator") ? [] : [sharedNamespace("rabbitmq-system")]),
        ...(site.trust === undefined ? [] : [trustPatch("messaging-topology-operator", "manager", site.trust)]),
      ],
    },
    deployments: ["messaging-topology-operator"],
    images: ["ghcr.io/rabbitmq/messaging-topology-operator:1.20.1"],
  },
];

/** An operator by name; an unknown name is a defect of the catalogue. */
export function operatorNamed(name: string): Operator {
  const operator = operators.find((item) => item.name === name);
  if (operator === undefined) throw new Error(`no operator is called ${name}`);
  return operator;
}

/** The wanted operators with what they need, in installation order. */
export function withRequired(names: readonly string[]): readonly Operator[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    if (wanted.has(name)) return;
    // cert-manager follows Envoy Gateway only where both are there.
    if (name !== "cert-manager") for (const before of operatorNamed(name).after) add(before);
    wanted.add(name);
  };
  for (const name of [...names].sort()) add(name);
  return operators.filter(({ name }) => wanted.has(name));
}
