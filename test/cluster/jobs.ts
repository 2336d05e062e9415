import type { ControlPlane } from "./control-plane.ts";
import { imageIn, list } from "./observe.ts";

/** A Job as far as a test points at it. */
export interface WaitingJob {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
}

/** A Job of the image that migrates its database and has a pod which no node takes. */
export async function waitingJob(cluster: ControlPlane, image: string): Promise<WaitingJob | undefined> {
  const found = (await list(cluster, "jobs")).find(
    (job) => job.metadata.name.includes("-db-") && imageIn(job).includes(image) && Number(job.status?.active ?? 0) > 0,
  );
  if (found === undefined) return undefined;
  const { name, uid, namespace } = found.metadata;
  return { name, uid, namespace };
}

/** Its pod fails, and it has no further try. */
export async function failFor(cluster: ControlPlane, { name, namespace }: WaitingJob): Promise<void> {
  const patch = (kind: string, object: string, change: object, ...more: string[]) =>
    cluster.kubectl("-n", namespace, "patch", kind, object, ...more, "--type=merge", "--patch", JSON.stringify(change));
  patch("job", name, { spec: { backoffLimit: 0 } });
  for (const { metadata } of await list(cluster, "pods", `batch.kubernetes.io/job-name=${name}`))
    patch("pod", metadata.name, { status: { phase: "Failed" } }, "--subresource=status");
}

/** New pods wait for a node, or get one again. */
export const nodes = (cluster: ControlPlane, what: "cordon" | "uncordon"): string =>
  cluster.kubectl(what, "--selector", "kubernetes.io/os=linux");
