import type { ClusterValues } from "../../contract/context.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { labels, objectName, placed } from "../../kit/names.ts";
import { placement } from "../../kit/pod.ts";
import { canonicalQuantity } from "../../kit/quantity.ts";
import { s3Secret, s3Storage } from "../../kit/s3.ts";
import { type MariaDBContext, podSecurityContext, podSelector, storageClassOf } from "./options.ts";

type Options = MariaDBContext["options"];

/** Backups of two databases must not lie in one folder: each deletes by age what it finds there. */
const folderOf = (ctx: MariaDBContext & ClusterValues, prefix: string): string =>
  [prefix.replace(/\/+$/, ""), ctx.cluster, ctx.instance].filter((part) => part !== "").join("/");

/** Scheduled backups; none where nobody has chosen a target. */
export function backup(ctx: MariaDBContext & ClusterValues): Placed[] {
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
          ...(ctx.pod.annotations === undefined ? {} : { annotations: ctx.pod.annotations }),
          labels: {
            ...ctx.pod.labels,
            ...podSelector(ctx),
            "app.kubernetes.io/name": "mariadb-backup",
            [`overstack.io/client-of-${ctx.instance}`]: "true",
          },
        },
        podSecurityContext,
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
        // The operator pins the pod to the node of the member that it reads, and gives it no toleration of the member's. Its
        // webhook takes no other priorityClassName for a PhysicalBackup that is there:
        // https://github.com/mariadb-operator/mariadb-operator/blob/v25.10.4/api/v1alpha1/physicalbackup_types.go
        tolerations: placement(ctx).tolerations,
      },
    }),
  ];
}

/** The buckets that backups go to and come from. */
export const s3Targets = (wanted: Options["backup"], restore: Options["restore"]) =>
  [
    wanted !== undefined && wanted !== "none" && "s3" in wanted.target ? wanted.target.s3 : undefined,
    restore?.s3,
  ].filter((target) => target !== undefined);

/** Credentials of these buckets. */
export const s3Secrets = ({ options: { backup: wanted, restore } }: MariaDBContext): RequiredSecret[] =>
  s3Targets(wanted, restore).map((target) => s3Secret(target, "S3 credentials of the backups"));
