import { byKey } from "../../base/data.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import { keepAnnotations, labels, objectName, placed } from "../../kit/names.ts";
import { placement, resources, spreading } from "../../kit/pod.ts";
import { bytes } from "../../kit/quantity.ts";
import { s3Storage } from "../../kit/s3.ts";
import {
  idleTime,
  type MariaDBContext,
  podSecurityContext,
  podSelector,
  port,
  serverRole as role,
  storageClassOf,
  storageOf,
} from "./options.ts";
import { tls } from "./tls.ts";

/** The custom resource that the operator makes the members of. */
export function server(ctx: MariaDBContext): Placed {
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
      podSecurityContext,
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

/**
 * Never `primary.podIndex`: the operator writes it to fail over, and a rendered one would be put back to the dead pod:
 * https://github.com/mariadb-operator/mariadb-operator/blob/main/docs/high_availability.md#kubernetes-services
 */
const galera = (ctx: MariaDBContext, restricted: object): object => ({
  enabled: true,
  // Otherwise each member has a second volume for a file of 1 KiB, of the cluster's default class, which need not exist:
  // https://github.com/mariadb-operator/mariadb-operator/blob/main/docs/galera.md#storage
  config: { reuseStorageVolume: true },
  agent: { image: ctx.image("operator"), securityContext: { ...restricted, readOnlyRootFilesystem: true } },
  initContainer: { image: ctx.image("operator"), securityContext: { ...restricted, readOnlyRootFilesystem: true } },
  primary: { autoFailover: true },
  // When all members lost power they would find one another again by themselves, none of them knowing its position, and
  // no further member could join. Without it they wait, and the operator starts from the newest of them.
  // https://mariadb.com/docs/reference/mdb/wsrep_provider_options/pc.recovery/
  providerOptions: { "gcs.fc_limit": "64", "pc.recovery": "FALSE" },
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
  const options: Record<string, string | number | boolean> = {
    binlog_format: "ROW",
    character_set_server: "utf8mb3",
    collation_server: "utf8mb3_general_ci",
    innodb_autoinc_lock_mode: 2,
    innodb_buffer_pool_size: `${buffer}M`,
    innodb_flush_log_at_trx_commit: 1,
    // Migrations of services make triggers. Galera counts as a binary log, and then this takes SUPER, unless the server
    // trusts: safe where rows are logged and not statements.
    log_bin_trust_function_creators: 1,
    max_connections: ctx.connectionLimit,
    wait_timeout: idleTime(ctx),
    wsrep_retry_autocommit: 3,
  };
  // The server takes dashes for underscores: https://mariadb.com/docs/server/server-management/install-and-upgrade-mariadb/configuring-mariadb
  for (const [name, value] of Object.entries(ctx.options.options).sort(byKey))
    options[name.replaceAll("-", "_")] = value;
  const lines = Object.keys(options)
    .sort()
    .map(
      (name) => `${name} = ${typeof options[name] === "boolean" ? (options[name] ? "ON" : "OFF") : options[name]}\n`,
    );
  return `[mariadb]\n${lines.join("")}`;
}

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
