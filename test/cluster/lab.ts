import { beforeAll } from "vitest";
import type { Engine } from "./engines.ts";
import { golden } from "./fleet.ts";
import { type Site, siteOf } from "./site.ts";

/** A small site that is up before the first test: development, on one node. */
export function labOf(engine: Engine): Site {
  const text = engine.clusterOf(golden("development-minimal").replace("name: development-minimal", "name: lab"));
  const site = siteOf(engine, { name: "lab", text, nodes: { zones: [], count: 1 } });
  beforeAll(async () => {
    await engine.bootstrap(site.cluster, site.fleet, site.name, site.fleet.push());
  });
  return site;
}
