import type { DataConstraint } from "../../contract/component.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import { cronJob } from "../../kit/cron.ts";
import { jobResources } from "../../kit/job.ts";
import { keepAnnotations, labels, objectName, placed } from "../../kit/names.ts";
import { PersistentVolumeClaim } from "../../kit/objects.ts";
import { container, podTemplate, resources } from "../../kit/pod.ts";
import { canonicalQuantity } from "../../kit/quantity.ts";
import { serviceAccountName } from "../../kit/service-account.ts";
import { volumeConstraints } from "../../kit/volume-constraints.ts";
import { remotes } from "./database.ts";
import { backupsOf, databases, type OvnContext, shown } from "./options.ts";
import { copiesDirectory, copyNorthbound } from "./scripts.ts";

export const backupRole = "backup";

/** What is wanted in this cluster. In development there are no copies unless somebody asks for them. */
const wanted = ({ options, profile }: OvnContext) =>
  options.backup === undefined && profile === "development" ? undefined : backupsOf(options);

/** Whether copies are made. */
export const hasBackup = (ctx: OvnContext): boolean => wanted(ctx) !== undefined;

/** Copies of the Northbound database on a volume; northd makes the Southbound one anew. */
export function backup(ctx: OvnContext): Placed[] {
  const backups = wanted(ctx);
  if (backups === undefined) return [];
  const { retention, target } = backups;
  const className = target.volume.storageClass ?? ctx.storageClass;
  const tls = shown(ctx, backupRole);
  const claim = objectName(ctx, backupRole);
  const [northbound] = databases;
  const template = podTemplate(ctx, {
    role: backupRole,
    serviceAccount: serviceAccountName(ctx),
    restartPolicy: "Never",
    spread: false,
    extras: false,
    containers: [
      container({
        name: backupRole,
        image: ctx.image(),
        command: ["sh", "-c", copyNorthbound],
        env: [
          { name: "NORTHBOUND", value: remotes(ctx, northbound) },
          { name: "RETENTION_MINUTES", value: String(Number.parseInt(retention, 10) * 60) },
          // Who restores gives it another value, in a Job of his own.
          { name: "HOLD_SECONDS", value: "0" },
        ],
        resources: resources(ctx, backupRole, jobResources),
        volumeMounts: [{ name: "copies", mountPath: copiesDirectory }, tls.mount],
      }),
    ],
    volumes: [{ name: "copies", persistentVolumeClaim: { claimName: claim } }, tls.volume],
  });
  return [
    placed(
      "run",
      PersistentVolumeClaim({
        metadata: {
          name: claim,
          labels: labels(ctx, backupRole),
          annotations: { ...keepAnnotations, ...boundLater },
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: canonicalQuantity(target.volume.size) } },
          ...(className === undefined ? {} : { storageClassName: className }),
        },
      }),
    ),
    cronJob(ctx, backupRole, template),
  ];
}

/**
 * A volume that is bound to the node of its first pod is not there before the first copy, and Argo CD would let everything wait for it:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#ignoring-child-resource-health-check-in-applications
 */
const boundLater = { "argocd.argoproj.io/ignore-healthcheck": "true" };

/** The volume of the copies can grow. */
export const backupConstraints = (ctx: OvnContext): DataConstraint[] => {
  const volume = wanted(ctx)?.target.volume;
  return volume === undefined ? [] : volumeConstraints("copies", volume.size, volume.storageClass ?? ctx.storageClass);
};
