import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { type Fleet, makeFleet, serveGit } from "./fleet.ts";
import { startFlux } from "./flux.ts";
import { type Nodes, startNodes } from "./nodes.ts";
import { standIns } from "./stand-ins/start.ts";

/** A cluster with nodes and an engine, Flux unless told otherwise, and the fleet that it is fed from. */
export async function startSite(
  clusters: Readonly<Record<string, string>>,
  nodes: Nodes = { zones: ["a", "b", "c"], count: 20 },
  startEngine: (cluster: ControlPlane) => void = startFlux,
): Promise<{ cluster: ControlPlane; fleet: Fleet }> {
  const cluster = await startControlPlane();
  await startNodes(cluster, nodes);
  standIns(cluster);
  const fleet = makeFleet(serveGit(cluster), clusters);
  startEngine(cluster);
  return { cluster, fleet };
}
