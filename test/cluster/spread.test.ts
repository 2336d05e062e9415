import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import type { KubernetesObject } from "../tools/kustomize.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { golden, makeFleet, overlaysOf, prioritiesOf } from "./fleet.ts";
import { startNodes } from "./nodes.ts";
import { sandbox } from "./sandbox.ts";
import { expectToOutlive } from "./spread.ts";
import { standIns } from "./stand-ins/start.ts";

/* Where the real scheduler puts the pods of a cluster that uses every option, without an engine: see scenarios/production.ts. */
const name = "every-dial";
let cluster: ControlPlane;
beforeAll(async () => {
  cluster = await startControlPlane();
  // Its database wants nodes of its own, and to be spread over racks: here each zone is one.
  const labels = (zone = "") => ({ "example.org/role": "database", "example.org/rack": zone });
  await startNodes(cluster, { zones: ["rz2-a", "rz2-b", "rz2-c"], count: 20, labels });
  await standIns(cluster);
  const fleet = makeFleet(join(sandbox, "served"), { [name]: golden(name) });
  fleet.overstack("generate");
  // What can run once alone, at its own disks, goes with its node: the page of the component says so.
  const once = ({ kind, spec }: KubernetesObject) =>
    kind === "StatefulSet" && (spec as { replicas?: number }).replicas === 1;
  const objects = overlaysOf(fleet, name).filter((object) => !once(object));
  // Operators' namespaces, which the engine makes with them.
  const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  await cluster.apply(prioritiesOf(objects));
  await cluster.apply([...namespaces].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  await cluster.apply(objects);
});
afterAll(() => cluster?.stop());

test(`${name}: each service and each majority outlives the loss of any node, of any zone, and drains of whole zones`, () =>
  expectToOutlive(cluster));
