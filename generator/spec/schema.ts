import { z } from "zod";
import { defaultRelease, releases } from "../model/release.ts";

/** DNS label: what a namespace, an instance or a cluster may be called. */
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const hostName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/;
const quantity = /^([0-9]+)(m|Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/;

const name = z.string().max(40).regex(dnsLabel, "lower case letters, digits and '-', starting and ending with a letter or digit");
const namespace = z.string().max(63).regex(dnsLabel, "lower case letters, digits and '-', starting and ending with a letter or digit");
const amount = z.string().regex(quantity, "a Kubernetes quantity as text: 500m, 2, 512Mi, 20Gi");
const count = z.number().int().min(0).max(1000);
const label = z.string().max(63).regex(/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/, "a label value: at most 63 letters, digits, '-', '_', '.'");
const labelKey = z.string().regex(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, "a label key: [prefix/]name");
const kind = z.enum(["database", "messaging", "cache"]);
const optionName = z.string().regex(/^[A-Za-z0-9_.:-]+$/, "an option name");
const optionValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]);
const fileName = z.string().max(253).regex(/^(?!.*\.\.)[A-Za-z0-9_][-A-Za-z0-9_.]*(\/[A-Za-z0-9_][-A-Za-z0-9_.]*)?$/, "a file name, or directory/file");
const imageReference = z.string().regex(/^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(\/[a-z0-9._-]+)+(:[A-Za-z0-9_.-]+)?(@sha256:[0-9a-f]{64})?$/, "registry/repository[:tag][@sha256:digest]");
const cron = z.string().regex(/^(\S+\s+){4}\S+$|^@(hourly|daily|weekly|monthly)$/, "five cron fields: minute hour day month weekday");

const resources = z
  .strictObject({
    requests: z.record(z.string(), amount).optional().describe("What the scheduler reserves."),
    limits: z.record(z.string(), amount).optional().describe("What the kernel enforces; a CPU limit slows password hashing and is best left out."),
  })
  .describe("CPU and memory of the role's main container.");

const toleration = z.strictObject({
  key: z.string().optional().describe("Taint key; none tolerates every taint."),
  operator: z.enum(["Exists", "Equal"]).optional().describe("How key and value are compared."),
  value: z.string().optional().describe("Taint value."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Taint effect; none means all."),
  tolerationSeconds: z.number().int().optional().describe("How long a NoExecute taint is tolerated, seconds."),
});

const patch = z.strictObject({
  target: z.strictObject({
    kind: z.string().describe("Kind of the object: Deployment."),
    name: z.string().describe("Name of the object as generated: glance-api."),
  }).describe("The one object that the patch changes."),
  ops: z.array(z.strictObject({
    op: z.enum(["add", "replace", "remove"]).describe("JSON Patch operation."),
    path: z.string().regex(/^(\/[^/]*)+$/, "a JSON pointer: /spec/template/spec/hostname").describe("JSON pointer into the object."),
    value: z.unknown().optional().describe("New value, for add and replace."),
  })).min(1).describe("JSON Patch operations, in order (RFC 6902)."),
});

/** Settings that every instance of every component understands. */
export const commonShape = {
  component: name.optional().describe("Component that this is an instance of, when the instance's name does not begin with it unambiguously."),
  namespace: namespace.optional().describe("Namespace of this instance, whatever the layout says."),
  replicas: z.union([count, z.record(name, count)]).optional().describe("Replicas: a number for the main role, or a map role -> number."),
  resources: z.record(name, resources).optional().describe("Role -> resources."),
  autoscaling: z.record(name, z.strictObject({
    minReplicas: z.number().int().min(1).max(1000).describe("Never fewer."),
    maxReplicas: z.number().int().min(1).max(1000).describe("Never more."),
    cpu: z.number().int().min(1).max(1000).default(80).describe("Target mean CPU utilisation, percent of the request."),
  })).optional().describe("Role -> horizontal autoscaling; replaces the replica count of that role."),
  scheduling: z.strictObject({
    nodeSelector: z.record(labelKey, label).optional().describe("Labels that a node must carry."),
    tolerations: z.array(toleration).optional().describe("Taints that do not keep the pods away."),
    priorityClassName: z.string().max(253).optional().describe("PriorityClass of the pods."),
    topologyKeys: z.array(labelKey).min(1).max(5).optional().describe("Node labels that replicas spread over, most local first."),
  }).optional().describe("Where the pods may run."),
  labels: z.record(labelKey, label).optional().describe("Labels added to the instance's pods."),
  annotations: z.record(labelKey, z.string()).optional().describe("Annotations added to the instance's pods."),
  config: z.record(fileName, z.record(optionName, z.record(optionName, optionValue))).optional().describe("File -> group -> option -> value, on top of what is generated."),
  files: z.record(fileName, z.string()).optional().describe("Further files below /etc/<project>: name (or directory/name) -> content."),
  environment: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "an environment variable: capitals, digits and '_'"), z.string()).optional().describe("Environment variables of every container of the instance's services."),
  environmentFrom: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "an environment variable: capitals, digits and '_'"), z.strictObject({
    secret: name.describe("Secret in the instance's namespace."),
    key: z.string().min(1).max(253).describe("Key in the Secret."),
  })).optional().describe("Environment variables whose value is a Secret's: OS_LDAP__PASSWORD."),
  volumes: z.array(z.strictObject({
    name: name.describe("Name of the volume in the pod."),
    mountPath: z.string().regex(/^\/[^:]*$/, "an absolute path").describe("Where the main container sees it."),
    readOnly: z.boolean().optional().describe("Mounted read-only."),
    source: z.record(z.string(), z.unknown()).describe("A Kubernetes volume source: {secret: {secretName: x}}."),
  })).optional().describe("Volumes mounted into the main container of every workload."),
  sidecars: z.array(z.looseObject({ name: name.describe("Container name."), image: imageReference.describe("Image.") })).optional().describe("Containers that run beside the main one, as Kubernetes writes them."),
  crons: z.record(name, z.union([cron, z.literal(false)])).optional().describe("Housekeeping job -> schedule, or false to suspend it."),
  image: z.record(name, imageReference).optional().describe("Image name -> other image for this instance."),
  suspend: z.boolean().optional().describe("The delivery engine leaves this instance alone."),
  patches: z.array(patch).optional().describe("Last resort: JSON patches on generated objects."),
} as const;

/** Settings that only services understand. */
export const serviceShape = {
  dedicated: z.array(kind).optional().describe("Infrastructure of this service's own, not shared with others."),
  uses: z.strictObject({
    database: z.union([name, z.strictObject({ host: z.string().regex(hostName, "a host name"), port: z.number().int().min(1).max(65535).default(3306), name: z.string().optional() })]).optional().describe("Named MariaDB instance, or an external database."),
    messaging: z.union([name, z.strictObject({ hosts: z.array(z.string().regex(hostName, "a host name")).min(1), port: z.number().int().min(1).max(65535).default(5672), vhost: z.string().optional() })]).optional().describe("Named RabbitMQ instance, or an external broker."),
    cache: z.union([name, z.strictObject({ hosts: z.array(z.string().regex(hostName, "a host name")).min(1), port: z.number().int().min(1).max(65535).default(11211) })]).optional().describe("Named memcached instance, or external servers."),
    identity: name.optional().describe("Named Keystone instance."),
  }).optional().describe("Which instance provides what, where it is not the shared one."),
} as const;

/** cluster.yaml without the settings of single components, which the catalogue adds. */
export const clusterShape = {
  name: name.describe("Name of the cluster; equals its directory."),
  release: z.enum(releases).default(defaultRelease).describe("OpenStack release, in quotes."),
  profile: z.enum(["production", "development"]).default("production").describe("production: replicated and spread. development: one of everything on one node."),
  domain: z.string().regex(hostName, "a domain name: eu1.example.org").describe("Public names are <service>.<domain>."),
  publicNames: z.string().regex(/^[a-z0-9.-]*\{service\}[a-z0-9.-]*(\{domain\})?$/, "text with {service} and {domain}").default("{service}.{domain}").describe("Scheme of public host names; {service} is the instance's name."),
  region: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/, "letters, digits, '.', '_', '-'").default("RegionOne").describe("Region in the Identity catalogue."),
  zones: z.array(label).min(1).optional().describe("Values of topology.kubernetes.io/zone that the nodes carry; replica counts are checked against them."),
  namespaces: z.union([z.enum(["grouped", "single", "per-component"]), z.record(name, namespace)]).default("grouped").describe("grouped: openstack-infrastructure and openstack-services. single: openstack. per-component: openstack-<component>. Or a map: infrastructure, services, a component or an instance -> namespace."),
  kubernetes: z.strictObject({
    dnsDomain: z.string().regex(hostName, "a domain name: cluster.local").default("cluster.local").describe("DNS domain of the Kubernetes cluster."),
    storageClass: z.string().max(253).regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "a StorageClass name").optional().describe("StorageClass of volumes that one pod writes; none means the cluster's default."),
    sharedStorageClass: z.string().max(253).regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "a StorageClass name").optional().describe("StorageClass with ReadWriteMany."),
  }).prefault({}).describe("The Kubernetes below."),
  images: z.strictObject({
    registry: z.string().regex(/^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(\/[a-z0-9._-]+)*$/, "registry.example.org[:port][/path]").optional().describe("Mirror: replaces the registry of every image."),
    pullSecrets: z.array(name).optional().describe("Image pull Secrets, in every namespace."),
    digests: z.record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits")).optional().describe("Image repository as generated (registry/path) -> digest."),
  }).prefault({}).describe("Where images come from."),
  trustedCa: name.optional().describe("ConfigMap with key ca.crt, in every services namespace: certificates that clients trust in addition."),
  proxy: z.strictObject({
    http: z.url().optional().describe("HTTP_PROXY."),
    https: z.url().optional().describe("HTTPS_PROXY."),
    noProxy: z.array(z.string().min(1)).optional().describe("Names and networks reached directly, in addition to the cluster's own."),
  }).optional().describe("Proxy environment of all services."),
  delivery: z.strictObject({
    engine: z.enum(["flux", "argocd"]).default("flux").describe("Who applies the tree."),
    repository: z.string().regex(/^(https|ssh|file|http):\/\/[^\s]+$/, "an https:// or ssh:// URL").describe("URL of the fleet's repository."),
    branch: z.string().regex(/^(?!-)(?!.*\.\.)[A-Za-z0-9_.\/-]+$/, "a branch name").default("main").describe("Branch that the engine follows."),
    ref: z.union([
      z.strictObject({ tag: z.string().regex(/^(?!-)[A-Za-z0-9_.\/-]+$/, "a tag name").describe("Tag.") }),
      z.strictObject({ commit: z.string().regex(/^[0-9a-f]{40}$/, "40 hexadecimal digits").describe("Commit.") }),
    ]).optional().describe("Pins the cluster to a tag or commit; the branch then carries only the pin."),
    secret: name.optional().describe("Secret with the credentials of the repository, in the engine's namespace."),
  }).describe("How the tree reaches the cluster."),
  access: z.strictObject({
    mode: z.enum(["gateway", "existing", "none"]).default("gateway").describe("gateway: a Gateway of its own. existing: routes for a Gateway that is there. none: no public access."),
    gateway: z.strictObject({ name: name, namespace: namespace }).optional().describe("The existing Gateway."),
    tls: z.union([
      z.strictObject({ issuer: z.strictObject({ kind: z.enum(["Issuer", "ClusterIssuer"]).default("ClusterIssuer"), name }) }).describe("cert-manager issuer."),
      z.strictObject({ secret: name }).describe("Secret of type kubernetes.io/tls in the Gateway's namespace."),
      z.literal("none").describe("Plain HTTP; development only."),
    ]).optional().describe("TLS of the public names."),
    className: z.string().max(253).regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "a GatewayClass name").default("envoy").describe("GatewayClass."),
  }).prefault({}).describe("Public access by Gateway API."),
  operators: z.record(z.enum(["mariadb-operator", "rabbitmq-cluster-operator", "rabbitmq-topology-operator", "cert-manager", "envoy-gateway"]), z.enum(["installed", "existing"])).optional().describe("installed (default): by the delivery engine, pinned. existing: somebody else installs it."),
  identity: z.strictObject({
    domains: z.array(z.strictObject({ name: z.string().min(1).max(64), description: z.string().optional() })).optional().describe("Further domains."),
    projects: z.array(z.strictObject({ name: z.string().min(1).max(64), domain: z.string().default("Default"), description: z.string().optional() })).optional().describe("Further projects."),
    roles: z.array(z.string().min(1).max(255)).optional().describe("Further roles."),
    users: z.array(z.strictObject({ name: z.string().min(1).max(255), domain: z.string().default("Default"), project: z.string().optional(), roles: z.array(z.string()).default([]), secret: name.describe("Secret with key password.") })).optional().describe("Further users."),
    services: z.array(z.strictObject({ name: z.string().min(1), type: z.string().min(1), public: z.url(), internal: z.url() })).optional().describe("Further catalogue entries, of services outside Overstack."),
  }).prefault({}).describe("What the Identity service is seeded with, beside what the services need."),
  consent: z.array(z.strictObject({
    change: z.string().regex(/^[a-z-]+\/[a-z0-9-]+$/, "code/instance, as the refusal printed it").describe("The refused change, as printed."),
    reason: z.string().min(1).describe("Why it is wanted; for whoever reads the history."),
  })).optional().describe("Changes to living data that were refused and are wanted all the same."),
} as const;

/** Words that no instance, namespace or cluster may be called, and why. */
export const reservedNames: Readonly<Record<string, string>> = {
  default: "Kubernetes' own namespace",
  "kube-system": "Kubernetes' own namespace",
  "kube-public": "Kubernetes' own namespace",
  "kube-node-lease": "Kubernetes' own namespace",
  "flux-system": "Flux's own namespace",
  argocd: "Argo CD's own namespace",
  bases: "a directory of the repository",
  overlays: "a directory of the repository",
  clusters: "a directory of the repository",
  namespaces: "the overlay that holds the Namespace objects",
  operators: "the delivery objects of the operators",
};
