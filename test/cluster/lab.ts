import type { ControlPlane } from "./control-plane.ts";
import { type Fleet, golden } from "./fleet.ts";
import { bootstrap, reconcile, synced } from "./flux.ts";
import { startSite } from "./site.ts";

/** The lab's cluster.yaml. */
export const lab = "clusters/lab/cluster.yaml";

/** A small cluster that Flux has brought up: development, on one node. */
export async function startLab(): Promise<{ cluster: ControlPlane; fleet: Fleet; deliver: () => Promise<void> }> {
  const text = golden("development-minimal").replace("name: development-minimal", "name: lab");
  const { cluster, fleet } = await startSite({ lab: text }, { zones: [], count: 1 });
  await bootstrap(cluster, fleet, "lab", fleet.push());
  return {
    cluster,
    fleet,
    /** Commits what was edited and waits until all of it is applied and ready. */
    async deliver() {
      const commit = fleet.push();
      reconcile(cluster);
      await synced(cluster, commit);
    },
  };
}
