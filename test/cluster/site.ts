import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { type Fleet, makeFleet, serveGit } from "./fleet.ts";
import { startFlux } from "./flux.ts";
import { type Nodes, startNodes } from "./nodes.ts";
import { standIns } from "./stand-ins/start.ts";

/** A cluster with nodes and Flux, and the fleet that it is fed from. */
export async function startSite(
  clusters: Readonly<Record<string, string>>,
  nodes: Nodes = { zones: ["a", "b", "c"], count: 20 },
): Promise<{ cluster: ControlPlane; fleet: Fleet }> {
  const cluster = await startControlPlane();
  await startNodes(cluster, nodes);
  standIns(cluster);
  const fleet = makeFleet(serveGit(cluster), clusters);
  startFlux(cluster);
  return { cluster, fleet };
}
