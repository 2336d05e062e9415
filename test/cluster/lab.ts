import { beforeAll, test } from "vitest";
import type { Engine } from "./engines.ts";
import { golden } from "./fleet.ts";
import { type Site, siteOf } from "./site.ts";
import { complete } from "./spread.ts";

/** A small site that is up before the other tests: development, on one small node. */
export function labOf(engine: Engine): Site {
  const text = engine.clusterOf(golden("development-minimal").replace("name: development-minimal", "name: lab"));
  const site = siteOf(engine, { name: "lab", text, nodes: { zones: [], count: 1, cpu: "4", memory: "8Gi" } });
  beforeAll(async () => {
    await engine.bootstrap(site.cluster, site.fleet, site.name, site.fleet.push());
  });
  test("the development cluster fits on one node", () => complete(site.cluster));
  return site;
}
