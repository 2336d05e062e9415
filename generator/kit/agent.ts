import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { labels, objectName, placed, selector } from "./names.ts";
import { DaemonSet } from "./objects.ts";
import { minReadySeconds, type Worker, workerTemplate } from "./worker.ts";

/** A program of a service that runs once on each node of its group. */
export const agent = (ctx: Context, role: string, parts: Omit<Worker, "once">): Placed =>
  daemonSet(ctx, role, workerTemplate(ctx, role, parts), { minReadySeconds });

/**
 * Pods of a template, one on each node that is selected. What the header says to interrupt something is replaced by hand:
 * `OnDelete`. No disruption budget: a drain leaves pods of a DaemonSet where they are
 * (https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/).
 */
export const daemonSet = (
  ctx: Context,
  role: string,
  template: IPodTemplateSpec,
  more: { readonly minReadySeconds?: number } = {},
): Placed =>
  placed(
    "run",
    DaemonSet({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      spec: {
        ...more,
        revisionHistoryLimit: 3,
        selector: { matchLabels: selector(ctx, role) },
        template,
        updateStrategy:
          ctx.role(role)?.interrupts === undefined
            ? { rollingUpdate: { maxUnavailable: ctx.scaling(role).maxUnavailable ?? usual }, type: "RollingUpdate" }
            : { type: "OnDelete" },
      },
    }),
  );

/**
 * A dead node counts as one that is away: with one alone, no other node would get its new pod:
 * https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/
 */
const usual = 2;
