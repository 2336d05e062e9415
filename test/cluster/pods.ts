import { createInterface } from "node:readline";
import { apiBehind } from "./api.ts";
import type { ControlPlane } from "./control-plane.ts";
import { type Live, list } from "./observe.ts";

/** Pods of a cluster while something happens to them. */
export interface Watched {
  /** The smallest number of pods that were ready at once, of a workload that had any: `keystone-api` -> 0. */
  readonly least: () => ReadonlyMap<string, number>;
  readonly stop: () => void;
}

/** Follows all pods from now on, by what the API server tells. */
export async function watchPods(cluster: ControlPlane): Promise<Watched> {
  const { socket } = cluster;
  // They are told one after the other at first, which is no change of their number.
  const untold = new Set((await list(cluster, "pods")).map(({ metadata }) => metadata.uid));
  const stream = await apiBehind(socket).watch("/api/v1/pods");
  const ready = new Map<string, Set<string>>();
  const least = new Map<string, number>();
  const see = (line: string): void => {
    const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: Live };
    const isFirst = untold.delete(object.metadata.uid);
    const workload = workloadOf(object);
    if (workload === undefined) return;
    const own = ready.get(workload) ?? new Set();
    ready.set(workload, own);
    if (type !== "DELETED" && isReady(object)) own.add(object.metadata.uid);
    else own.delete(object.metadata.uid);
    // What has not been ready yet is only beginning.
    if (isFirst) least.set(workload, own.size);
    else if (least.has(workload) || own.size > 0)
      least.set(workload, Math.min(least.get(workload) ?? own.size, own.size));
  };
  const lines = createInterface(stream).on("line", see);
  return {
    least: () => least,
    stop: () => {
      lines.close();
      stream.destroy();
    },
  };
}

/** One that is about to be deleted is taken out of its Services, ready or not. */
const isReady = ({ metadata, status }: Live): boolean =>
  !("deletionTimestamp" in metadata) &&
  ((status?.conditions ?? []) as readonly { readonly type: string; readonly status: string }[]).some(
    ({ type, status: is }) => type === "Ready" && is === "True",
  );

/** What keeps a pod: a Deployment, by the name of its ReplicaSet, a StatefulSet or a DaemonSet; undefined of a Job's. */
export function workloadOf({ metadata }: Live): string | undefined {
  const [owner] = (metadata.ownerReferences ?? []) as readonly { readonly kind: string; readonly name: string }[];
  if (owner?.kind === "ReplicaSet") return owner.name.replace(/-[^-]+$/, "");
  return owner?.kind === "StatefulSet" || owner?.kind === "DaemonSet" ? owner.name : undefined;
}
