import { z } from "zod";
import { component, type DataConstraint } from "../contract/component.ts";
import type { ClusterValues, Context } from "../contract/context.ts";
import { cron, hours, size, storageClass } from "../contract/formats.ts";
import type { Placed } from "../contract/kubernetes.ts";
import type { RequiredSecret, ServerCertificate } from "../contract/secret.ts";
import { error } from "../issues/issue.ts";
import { keepAnnotations, labels, objectName, placed, serviceHost } from "../kit/names.ts";
import { placement, resources, spreading } from "../kit/pod.ts";
import { bytes, canonicalQuantity } from "../kit/quantity.ts";
import { s3Schema, s3Storage } from "../kit/s3.ts";
import { clientsOnly } from "../kit/service.ts";
import { certificateSecret, serviceNames } from "../kit/tls.ts";
import { volumeConstraints } from "../kit/volume-constraints.ts";
import { mariadbOperator, mariadbOperatorImage } from "../operators/mariadb-operator.ts";

const port = 3306;
const role = "server";

const options = z.strictObject({
  storage: size
    .optional()
    .describe("Volume of each member. It can grow, never shrink. Default: 100Gi, in development 10Gi."),
  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's. It cannot be changed later."),
  backup: z
    .union([
      z.literal("none").describe("Explicitly no backups."),
      z.strictObject({
        schedule: cron.default("0 1 * * *").describe("When backups are made, as five cron fields."),
        retention: hours.default("720h").describe("How long backups are kept."),
        target: z
          .union([
            z.strictObject({ s3: s3Schema.describe("Bucket of an object store.") }),
            z.strictObject({
              volume: z
                .strictObject({
                  size: size.describe("Size of the volume."),
                  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's."),
                })
                .describe("Volume that all backups lie on."),
            }),
          ])
          .describe("Where backups go: s3 (below <prefix>/<cluster>/<instance>), or a volume."),
      }),
    ])
    .optional()
    .describe("Scheduled physical backups. In production a target must be named, or none."),
  restore: z
    .strictObject({
      s3: s3Schema.describe("Where the backups lie; prefix is their folder: eu1/mariadb."),
      time: z.iso.datetime().optional().describe("Newest backup before this time; default: the newest."),
    })
    .optional()
    .describe("The new instance starts from a physical backup. Its root password Secret must be the old one's."),
});
type Options = z.output<typeof options>;
type MariaDBContext = Context<Options>;

/** SQL database. Several members replicate synchronously (Galera); clients write to one of them at a time. */
export default component({
  name: "mariadb",
  summary: "Database: MariaDB with Galera, one writer at a time, run by mariadb-operator.",
  group: "infrastructure",
  provides: "database",
  inherits: ["backup", "storageClass"],
  provided: ({ instance, namespace, dns, replicas, internalTls }) => {
    // A single server has no -primary Service; -secondary must never be used for OpenStack.
    const host = serviceHost(replicas > 1 ? `${instance}-primary` : instance, namespace, dns);
    return { host, port, tls: internalTls !== "none", members: [host] };
  },
  options,
  check: ({ instance, profile, options: { backup } }) =>
    backup === undefined && profile === "production"
      ? [
          error(
            "no-backup",
            `${instance} has no backup`,
            "Name a target: backup: { target: { s3: … } }, or say backup: none.",
            { path: [] },
          ),
        ]
      : [],
  roles: { server: { replicas: 3, scaling: "odd" } },
  development: { roles: { server: { replicas: 1 } } },
  operators: [mariadbOperator.name],
  images: {
    mariadb: () => "docker.io/library/mariadb:11.8.5",
    operator: () => mariadbOperatorImage,
  },
  uid: 999,
  data: (ctx): DataConstraint[] => [
    ...volumeConstraints("each member", storageOf(ctx), ctx.options.storageClass ?? ctx.storageClass),
    {
      key: "form",
      value: ctx.scaling(role).replicas === 1 ? "single" : "galera",
      shown: ctx.scaling(role).replicas === 1 ? "a single server" : "a Galera cluster",
      rule: "keep",
      what: "the form of the database",
      consequence:
        "A single server and a cluster are set up differently: take a backup first, and restore it into a new instance if the operator refuses.",
    },
  ],
  secrets: (ctx): RequiredSecret[] => [
    { name: `${ctx.instance}-root`, keys: { password: "password" }, purpose: "root password of the database" },
    ...s3Secrets(ctx),
  ],
  certificates: (ctx): ServerCertificate[] => [
    {
      secret: certificateSecret(ctx),
      dnsNames: [
        ...["", "-primary", "-secondary"].flatMap((end) => serviceNames(ctx, `${ctx.instance}${end}`)),
        ...serviceNames(ctx, `*.${ctx.instance}-internal`),
        // Probes and backups of the pod itself.
        "localhost",
      ],
      ...forOperator,
    },
    { secret: clientSecret(ctx), dnsNames: [`${ctx.instance}-client`], ...forOperator },
  ],
  manifests: (ctx) => [
    server(ctx),
    clientsOnly(ctx, {
      role,
      ports: [port],
      podLabels: podSelector(ctx),
      operator: { namespace: mariadbOperator.namespace, ports: [port, 5555] },
    }),
    ...backup(ctx),
  ],
});

/** mariadb-operator rolls the members when a watched Secret changes. Galera takes no certificate that says what it is for. */
const forOperator = {
  labels: { "k8s.mariadb.com/watch": "" },
  usages: ["digital signature", "key agreement"],
} as const;

/** The members show each other, and the operator shows them, a certificate of a client. */
const clientSecret = (ctx: MariaDBContext): string => `${ctx.instance}-internal-client-tls`;

function tls(ctx: MariaDBContext): object {
  if (ctx.internalTls === "none") return { enabled: false };
  const [server, client] = [{ name: certificateSecret(ctx) }, { name: clientSecret(ctx) }];
  const required = ctx.internalTls === "required";
  return {
    enabled: true,
    required,
    serverCASecretRef: server,
    serverCertSecretRef: server,
    clientCASecretRef: client,
    clientCertSecretRef: client,
    // A member that sends its state encrypted reaches none that expects it plain: last of all.
    galeraSSTEnabled: required,
  };
}

const podSelector = (ctx: MariaDBContext): Record<string, string> => ({
  "app.kubernetes.io/instance": ctx.instance,
  "app.kubernetes.io/name": "mariadb",
});

function server(ctx: MariaDBContext): Placed {
  const { replicas } = ctx.scaling(role);
  const amounts = resources(
    ctx,
    role,
    ctx.profile === "production"
      ? { requests: { cpu: "1", memory: "4Gi" }, limits: { memory: "4Gi" } }
      : { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
  );
  const { podAntiAffinity } = spreading(ctx, role, podSelector(ctx)).affinity!;
  const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  return placed("run", {
    apiVersion: "k8s.mariadb.com/v1alpha1",
    kind: "MariaDB",
    metadata: { name: objectName(ctx), labels: labels(ctx, role), annotations: { ...keepAnnotations } },
    spec: {
      affinity: { antiAffinityEnabled: false, podAntiAffinity },
      ...bootstrap(ctx),
      ...(replicas === 1 ? {} : { galera: galera(ctx, restricted) }),
      image: ctx.image(),
      ...(ctx.pod.pullSecrets === undefined ? {} : { imagePullSecrets: ctx.pod.pullSecrets.map((name) => ({ name })) }),
      myCnf: myCnf(ctx, amounts.limits?.memory),
      podDisruptionBudget: { maxUnavailable: 1 },
      ...(ctx.pod.labels === undefined && ctx.pod.annotations === undefined
        ? {}
        : {
            podMetadata: {
              ...(ctx.pod.labels === undefined ? {} : { labels: ctx.pod.labels }),
              ...(ctx.pod.annotations === undefined ? {} : { annotations: ctx.pod.annotations }),
            },
          }),
      podSecurityContext: {
        fsGroup: 999,
        runAsGroup: 999,
        runAsNonRoot: true,
        runAsUser: 999,
        seccompProfile: { type: "RuntimeDefault" },
      },
      port,
      replicas,
      resources: amounts,
      rootPasswordSecretKeyRef: { generate: false, key: "password", name: `${ctx.instance}-root` },
      securityContext: restricted,
      // A long state transfer must not be killed by the default of three failures.
      startupProbe: { failureThreshold: 60, periodSeconds: 10, timeoutSeconds: 5 },
      storage: { size: storageOf(ctx), ...storageClassOf(ctx, ctx.options.storageClass) },
      tls: tls(ctx),
      topologySpreadConstraints: spreading(ctx, role, podSelector(ctx)).topologySpreadConstraints,
      updateStrategy: { type: "ReplicasFirstPrimaryLast" },
      ...placement(ctx),
    },
  });
}

/** Never `primary.podIndex`: the operator writes it to fail over; a rendered one would be put back to the dead pod. */
const galera = (ctx: MariaDBContext, restricted: object): object => ({
  enabled: true,
  // Otherwise each member has a second volume for a file of 1 KiB, of the cluster's default class, which need not exist.
  config: { reuseStorageVolume: true },
  agent: { image: ctx.image("operator"), securityContext: { ...restricted, readOnlyRootFilesystem: true } },
  initContainer: { image: ctx.image("operator"), securityContext: { ...restricted, readOnlyRootFilesystem: true } },
  primary: { autoFailover: true },
  providerOptions: { "gcs.fc_limit": "64" },
  // Generous: a bootstrap that gives up before all members had their say has destroyed data in the field.
  recovery: {
    enabled: true,
    clusterBootstrapTimeout: "30m0s",
    clusterHealthyTimeout: "1m0s",
    job: { resources: { limits: { memory: "512Mi" }, requests: { cpu: "100m", memory: "128Mi" } } },
    minClusterSize: 1,
    podRecoveryTimeout: "10m0s",
    podSyncTimeout: "10m0s",
  },
  sst: "mariabackup",
});

function myCnf(ctx: MariaDBContext, memory: string | undefined): string {
  const buffer = Math.floor(((bytes(memory ?? "") ?? 1024 ** 3) * 0.5) / 1024 ** 2);
  return [
    "[mariadb]",
    "binlog_format = ROW",
    "character_set_server = utf8mb3",
    "collation_server = utf8mb3_general_ci",
    "innodb_autoinc_lock_mode = 2",
    `innodb_buffer_pool_size = ${buffer}M`,
    "innodb_flush_log_at_trx_commit = 1",
    // Migrations of services make triggers. The operator turns the binary log on, and then this takes SUPER, unless the
    // server trusts: safe where rows are logged and not statements.
    "log_bin_trust_function_creators = 1",
    `max_connections = ${ctx.connectionLimit}`,
    "wait_timeout = 3600",
    "wsrep_retry_autocommit = 3",
    "",
  ].join("\n");
}

const storageOf = (ctx: MariaDBContext): string =>
  canonicalQuantity(ctx.options.storage ?? (ctx.profile === "production" ? "100Gi" : "10Gi"));
const storageClassOf = (ctx: Context, own: string | undefined): object =>
  (own ?? ctx.storageClass) === undefined ? {} : { storageClassName: own ?? ctx.storageClass };

const bootstrap = (ctx: MariaDBContext): object => {
  const { restore } = ctx.options;
  if (restore === undefined) return {};
  return {
    bootstrapFrom: {
      backupContentType: "Physical",
      s3: s3Storage(restore.s3),
      ...(restore.time === undefined ? {} : { targetRecoveryTime: restore.time }),
    },
  };
};

/** Backups of two databases must not lie in one folder: each deletes by age what it finds there. */
const folderOf = (ctx: MariaDBContext & ClusterValues, prefix: string): string =>
  [prefix.replace(/\/+$/, ""), ctx.cluster, ctx.instance].filter((part) => part !== "").join("/");

function backup(ctx: MariaDBContext & ClusterValues): Placed[] {
  const wanted = ctx.options.backup;
  if (wanted === undefined || wanted === "none") return [];
  const { target } = wanted;
  return [
    placed("run", {
      apiVersion: "k8s.mariadb.com/v1alpha1",
      kind: "PhysicalBackup",
      metadata: { name: objectName(ctx, "backup"), labels: labels(ctx, "backup") },
      spec: {
        compression: "gzip",
        // Also with a member missing: that is when a backup is wanted most.
        mariaDbRef: { name: objectName(ctx), waitForIt: false },
        maxRetention: `${wanted.retention}0m0s`,
        podMetadata: {
          labels: {
            ...podSelector(ctx),
            "app.kubernetes.io/name": "mariadb-backup",
            [`overstack.io/client-of-${ctx.instance}`]: "true",
          },
        },
        podSecurityContext: {
          fsGroup: 999,
          runAsGroup: 999,
          runAsNonRoot: true,
          runAsUser: 999,
          seccompProfile: { type: "RuntimeDefault" },
        },
        schedule: { cron: wanted.schedule, immediate: false, suspend: false },
        storage:
          "s3" in target
            ? { s3: s3Storage({ ...target.s3, prefix: folderOf(ctx, target.s3.prefix) }) }
            : {
                persistentVolumeClaim: {
                  accessModes: ["ReadWriteOnce"],
                  resources: { requests: { storage: canonicalQuantity(target.volume.size) } },
                  ...storageClassOf(ctx, target.volume.storageClass),
                },
              },
        target: "PreferReplica",
        timeout: "6h0m0s",
      },
    }),
  ];
}

const s3Secrets = ({ options: { backup: wanted, restore } }: MariaDBContext): RequiredSecret[] => {
  const targets = [
    wanted !== undefined && wanted !== "none" && "s3" in wanted.target ? wanted.target.s3 : undefined,
    restore?.s3,
  ].filter((target) => target !== undefined);
  return [...new Set(targets.map(({ secret }) => secret))].map((name) => ({
    name,
    keys: { "access-key": "access-key", "secret-key": "secret-key" },
    purpose: "S3 credentials of the backups",
  }));
};
