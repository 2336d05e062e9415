import { beforeAll, test } from "vitest";
import type { Engine } from "./engines.ts";
import { golden } from "./fleet.ts";
import { type Site, siteOf } from "./site.ts";
import { complete } from "./spread.ts";

/** A small site that is up before the other tests: development, on one small node; `edit` says what else it has. */
export function labOf(engine: Engine, edit: (text: string) => string = (text) => text): Site {
  const minimal = golden("development-minimal").replace("name: development-minimal", "name: lab");
  const text = edit(engine.clusterOf(minimal));
  const site = siteOf(engine, { name: "lab", text, nodes: { zones: [], count: 1, cpu: "4", memory: "8Gi" } });
  beforeAll(async () => {
    await engine.bootstrap(site.cluster, site.fleet, site.name, site.fleet.push());
  });
  test("the development cluster fits on one node", () => complete(site.cluster));
  return site;
}
