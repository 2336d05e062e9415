import { bootstrap, refresh, startArgo, synced } from "./argocd.ts";
import type { ControlPlane } from "./control-plane.ts";
import { type Fleet, golden } from "./fleet.ts";
import { startSite } from "./site.ts";

/** A small cluster that Argo CD has brought up: development, on one node. Operators that come as charts are there already. */
export async function startArgoLab(): Promise<{
  cluster: ControlPlane;
  fleet: Fleet;
  deliver: () => Promise<void>;
}> {
  const text = golden("development-minimal")
    .replace("name: development-minimal", "name: lab")
    .replace("delivery: {", "delivery: { engine: argocd,")
    .concat("operators: { envoy-gateway: existing, mariadb-operator: existing }\n");
  const { cluster, fleet } = await startSite({ lab: text }, { zones: [], count: 1 }, startArgo);
  await bootstrap(cluster, fleet, "lab", fleet.push());
  return {
    cluster,
    fleet,
    /** Commits what was edited and waits until all of it is applied and healthy. */
    async deliver() {
      const commit = fleet.push();
      refresh(cluster);
      await synced(cluster, commit);
    },
  };
}
