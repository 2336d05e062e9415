import { z } from "zod";
import { ipFamilies } from "../../contract/context.ts";
import {
  address,
  configMapName,
  digest,
  duration,
  hostName,
  httpUrl,
  labelKey,
  labelValue,
  name,
  namespace,
  network,
  networkInterface,
  nodeGroupName,
  objectName,
  port,
  secretName,
  storageClass,
} from "../../contract/formats.ts";
import { defaultRelease, releases } from "../../contract/release.ts";
import { clusterIssuerKind, issuerKinds } from "../../operators/cert-manager.ts";
import { operators as operatorNames } from "../../operators/index.ts";

const kubernetes = z.strictObject({
  version: z
    .string()
    .regex(/^1\.[1-9][0-9]$/, 'a minor version in quotes: "1.35"')
    .optional()
    .describe(
      'Minor version of Kubernetes, in quotes: "1.35". From 1.34 on services prefer a server on the caller\'s own node, so that a lost host stops fewer requests.',
    ),
  dnsDomain: hostName("cluster.local").default("cluster.local").describe("DNS domain of the Kubernetes cluster."),
  storageClass: storageClass
    .optional()
    .describe("StorageClass of volumes that one pod writes; none means the cluster's default."),
  sharedStorageClass: storageClass.optional().describe("StorageClass with ReadWriteMany."),
  snapshots: z
    .boolean()
    .default(false)
    .describe(
      "The definitions of VolumeSnapshot and their controller are in the cluster: who makes StorageClasses makes classes of snapshots, too.",
    ),
  ipFamilies: z
    .array(z.enum(ipFamilies))
    .min(1)
    .refine((families) => new Set(families).size === families.length, "a list without repeats: [IPv4, IPv6]")
    .default(["IPv4"])
    .describe(
      "Addresses of the cluster, as Kubernetes writes them: [IPv4], [IPv6], or both, that of pods and Services first.",
    ),
  podNetworks: z
    .array(network)
    .min(1)
    .optional()
    .describe("Networks of the pods' addresses: with a proxy, what programs reach without it."),
  serviceNetworks: z
    .array(network)
    .min(1)
    .optional()
    .describe("Networks of the Services' addresses: with a proxy, what programs reach without it."),
  dnsServers: z
    .array(address)
    .min(1)
    .optional()
    .describe(
      "Addresses at which pods ask for names, where no pod of the cluster answers: 169.254.20.10 of NodeLocal DNSCache.",
    ),
  apiPorts: z
    .array(port)
    .min(1)
    .default([443, 6443])
    .describe("Ports of the Kubernetes API: of its Service, and of its servers."),
  nodeNetworks: z
    .array(network)
    .min(1)
    .optional()
    .describe(
      "Networks of the nodes' own addresses, IPv4 and IPv6: databases and brokers accept connections from them, for what runs on the network of a node.",
    ),
});

const nodeGroup = z
  .strictObject({
    roles: z.array(name).min(1).describe("What its nodes do. Each component of section nodes serves one role."),
    nodeSelector: z
      .record(labelKey, labelValue)
      .optional()
      .describe("Labels that its nodes carry, and no other nodes. Default: overstack.io/node-group with its name."),
    physicalNetworks: z
      .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "the name of a physical network"), networkInterface)
      .optional()
      .describe("Physical network as Neutron calls it -> interface of the nodes that leads to it."),
  })
  .describe("Nodes that do the same.");

const images = z.strictObject({
  registry: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(\/[a-z0-9._-]+)*$/,
      "a registry without scheme: registry.example.org[:port][/path]",
    )
    .optional()
    .describe(
      "Mirror: replaces the registry of every generated image, not of sidecars and of those that are named with image.",
    ),
  pullSecrets: z.array(secretName).optional().describe("Image pull Secrets, in every namespace."),
  digests: z
    .record(z.string(), digest)
    .optional()
    .describe(
      "Image as generated, registry/path:tag -> digest. Without the tag the digest stays when a release brings another tag.",
    ),
});

const proxy = z
  .strictObject({
    http: z.url().optional().describe("HTTP_PROXY."),
    https: z.url().optional().describe("HTTPS_PROXY."),
    noProxy: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "Names and networks reached directly, in addition to the names of the cluster. The network of the pods is one of them.",
      ),
  })
  .describe("Proxy environment of all services.");

const delivery = z.strictObject({
  engine: z.enum(["flux", "argocd"]).default("flux").describe("Who applies the tree."),
  repository: z
    .string()
    .regex(/^(https|ssh|file|http):\/\/\S+$/, "a URL: https://git.example.org/fleet.git, or ssh://git@host/fleet.git")
    .describe("URL of the fleet's repository."),
  branch: z
    .string()
    .regex(/^(?!-)(?!.*\.\.)[A-Za-z0-9_./-]+$/, "the name of a branch")
    .default("main")
    .describe("Branch that the engine follows."),
  path: z
    .string()
    .regex(
      /^(?:\.|(?!\.)[A-Za-z0-9._-]+(?:\/(?!\.)[A-Za-z0-9._-]+)*)$/,
      "a folder of the repository, from its root: infra/cloud",
    )
    .optional()
    .describe("Folder of the repository that the fleet lies in. Default: its root."),
  ref: z
    .union([
      z.strictObject({
        tag: z
          .string()
          .regex(/^(?!-)(?!.*\.\.)[A-Za-z0-9_./-]+$/, "the name of a tag")
          .describe("Tag that the cluster is held at."),
      }),
      z.strictObject({
        commit: z
          .string()
          .regex(/^[0-9a-f]{40}$/, "40 hexadecimal digits: git rev-parse prints them")
          .describe("Commit that the cluster is held at."),
      }),
    ])
    .optional()
    .describe("Pins the cluster to a tag or commit; the branch then carries only the pin."),
  secret: secretName.optional().describe("Secret with the credentials of the repository, in the engine's namespace."),
  verify: z
    .strictObject({
      secret: secretName.describe(
        "Secret in flux-system with the public keys of those who may sign: OpenPGP under *.asc, SSH under *.sshpub.",
      ),
    })
    .optional()
    .describe("Only commits that one of these people has signed are applied. Flux alone."),
});

const issuer = z.strictObject({
  kind: z.enum(issuerKinds).default(clusterIssuerKind).describe("Kind of the issuer."),
  name: name.describe("Its name."),
});

const access = z.strictObject({
  mode: z
    .enum(["gateway", "existing", "none"])
    .default("gateway")
    .describe(
      "Who carries the public names. gateway: a Gateway of its own. existing: routes for a Gateway that is there. none: no public access.",
    ),
  gateway: z
    .strictObject({
      name: name.describe("Name of the Gateway."),
      namespace: namespace.describe("Its namespace."),
    })
    .optional()
    .describe("The existing Gateway, in mode existing."),
  tls: z
    .union([
      z
        .strictObject({
          issuer: issuer.describe("Issuer of cert-manager that signs a certificate for each name."),
        })
        .describe("Certificates by cert-manager."),
      z
        .strictObject({ secret: secretName.describe("Its name.") })
        .describe("Secret of type kubernetes.io/tls in the Gateway's namespace."),
      z.literal("none").describe("Plain HTTP; development only."),
    ])
    .optional()
    .describe("TLS of the public names: an issuer, a Secret, or none."),
  className: objectName
    .default("envoy")
    .describe(
      "GatewayClass that Overstack makes for its own Gateway, for Envoy Gateway. For the class of another controller write mode: existing.",
    ),
});

const internal = z.strictObject({
  tls: z
    .enum(["required", "optional", "none"])
    .optional()
    .describe(
      "TLS between the parts of the cloud. required: all that can be is encrypted. optional: databases and brokers take both kinds, on the way from one to the other. none: plain. Default: required in production, none in development.",
    ),
  networkPolicies: z
    .enum(["all", "ingress"])
    .default("all")
    .describe(
      "What network policies hold back. all: pods let in those that need them, and reach what they need. ingress: they reach whatever they like, as before these policies were there.",
    ),
  databaseRights: z
    .enum(["all", "rows"])
    .default("all")
    .describe(
      "What programs that run may do in their own databases. rows: read and write rows; Jobs alone change tables, as a second user, whose Secrets have to be made before. all: change tables too, as in earlier versions.",
    ),
  issuer: issuer
    .optional()
    .describe("Issuer of cert-manager that signs the certificates. Default: a CA of the cluster's own."),
});

const operators = z
  .partialRecord(z.enum(operatorNames.map(({ name }) => name)), z.enum(["installed", "existing"]))
  .describe(
    "Who installs each operator. installed (default): the delivery engine, pinned. existing: somebody else installs it.",
  );

const secrets = z.discriminatedUnion("provider", [
  z.strictObject({
    provider: z.literal("existing").describe("Somebody else makes them; Overstack lists what must be there."),
  }),
  z.strictObject({
    provider: z.literal("sops").describe("Encrypted files in the repository, decrypted by Flux."),
    recipients: z
      .array(z.string().regex(/^age1[02-9ac-hj-np-z]{58}$/, "an age recipient: age1 and 58 characters"))
      .min(1)
      .describe("Public keys that can decrypt: Flux's, and those of the operators."),
    keySecret: secretName.default("sops-age").describe("Secret in flux-system with Flux's age identity, key *.agekey."),
  }),
  z.strictObject({
    provider: z
      .literal("external-secrets")
      .describe("ExternalSecret objects; External Secrets Operator fetches the values from a store."),
    store: z
      .strictObject({
        kind: z
          .enum(["ClusterSecretStore", "SecretStore"])
          .default("ClusterSecretStore")
          .describe("Kind of the store."),
        name: name.describe("Its name."),
      })
      .describe("The store, which exists already."),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, "a path: clouds/eu1")
      .optional()
      .describe("Path in the store below which the entries lie. Default: the cluster's name."),
    refreshInterval: duration.default("1h").describe("How often the store is asked."),
  }),
]);

const consent = z.strictObject({
  change: z
    .string()
    .regex(/^[a-z-]+\/[a-z0-9-]+$/, "code/instance, as the refusal printed it: remove-instance/glance")
    .describe("The refused change, as printed."),
  reason: z.string().min(1).describe("Why it is wanted, for people who read the history."),
});

/** cluster.yaml without its instances, whose settings the catalogue knows. */
export const rootShape = {
  name: name.describe("Name of the cluster; equals its directory."),
  release: z.enum(releases).default(defaultRelease).describe("OpenStack release, in quotes."),
  profile: z
    .enum(["production", "development"])
    .default("production")
    .describe("What it is for. production: replicated and spread. development: one of everything on one node."),
  domain: hostName("eu1.example.org").describe("Public names are <service>.<domain>."),
  publicNames: z
    .string()
    .regex(
      /^[a-z0-9.-]*\{service\}[a-z0-9.-]*(\{domain\})?$/,
      "text with {service}, and {domain} at the end or not at all",
    )
    .default("{service}.{domain}")
    .describe("Scheme of public host names; {service} is the instance's name."),
  region: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/, "letters, digits, '.', '_' and '-'")
    .default("RegionOne")
    .describe("Region in the Identity catalogue."),
  identity: z
    .strictObject({
      url: httpUrl
        .regex(/\/v3$/, "a URL that ends in /v3: https://keystone.eu1.example.org/v3")
        .describe("Its public URL."),
      user: z
        .string()
        .min(1)
        .max(255)
        .default("admin")
        .describe("Who registers the services there: a user of domain Default with the role admin in project admin."),
    })
    .optional()
    .describe(
      "Identity service of another cluster, which this one shares as a region of its own. Without it the services have one here.",
    ),
  zones: z
    .array(labelValue)
    .min(1)
    .optional()
    .describe("Values of topology.kubernetes.io/zone that the nodes carry; replica counts are checked against them."),
  namespaces: z
    .union([z.enum(["grouped", "single", "per-component"]), z.record(name, namespace)])
    .default("grouped")
    .describe(
      "Where the instances live. grouped: openstack-infrastructure, openstack-services and openstack-nodes. single: openstack, and openstack-nodes for what runs on nodes. per-component: openstack-<component>. Or a map: infrastructure, services, nodes, a component or an instance -> namespace.",
    ),
  kubernetes: kubernetes.prefault({}).describe("The Kubernetes below."),
  nodeGroups: z
    .record(nodeGroupName, nodeGroup)
    .optional()
    .describe("Groups of nodes: name of at most 15 characters -> what its nodes do. No node is in two of them."),
  images: images.prefault({}).describe("Where images come from."),
  trustedCa: configMapName
    .optional()
    .describe(
      "ConfigMap with key ca.crt, in every services namespace: certificates that clients trust in addition to the public authorities.",
    ),
  proxy: proxy.optional(),
  delivery: delivery.describe("How the tree reaches the cluster."),
  access: access.prefault({}).describe("Public access by Gateway API."),
  internal: internal.prefault({}).describe("Connections inside the cluster."),
  operators: operators.optional(),
  secrets: secrets
    .default({ provider: "existing" })
    .describe("Where Secrets come from: existing, sops or external-secrets."),
  consent: z
    .array(consent)
    .optional()
    .describe("Changes to living data that were refused and are wanted all the same."),
} as const;
