import { expect, test } from "vitest";
import type { Engine } from "../engines.ts";
import { changes, snapshot } from "../observe.ts";
import { siteOf } from "../site.ts";

const clouds = Array.from({ length: 12 }, (_, index) => `-${index + 1}`);
const text = `name: forty
profile: development
domain: forty.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
services:
  keystone: {}
${clouds
  .map(
    (n) => `  keystone${n}: { component: keystone }
  placement${n}: { component: placement, uses: { identity: keystone${n} } }
  glance${n}: { component: glance, uses: { identity: keystone${n} } }`,
  )
  .join("\n")}
`;

/** How long a commit takes through a cluster of forty instances, with the options that the docs recommend. */
export function forty(engine: Engine): void {
  const site = siteOf(engine, { name: "forty", text: engine.clusterOf(text) });

  test("forty instances come up with one push", async () => {
    const started = performance.now();
    await engine.bootstrap(site.cluster, site.fleet, site.name, site.fleet.push());
    const units = (await engine.units(site.cluster)).length;
    console.log(`forty instances on ${engine.name}, ${units} units: ready after ${seconds(started)} s`);
    const deployed = Object.keys(await snapshot(site.cluster)).filter((object) => object.startsWith("Deployment "));
    expect(deployed.filter((object) => /\/(?:keystone|placement|glance)(?:-\d+)?-api/.test(object))).toHaveLength(37);
  });

  test("a commit that concerns none of them touches nothing", async () => {
    const before = await snapshot(site.cluster);
    site.fleet.write("README.md", "Our fleet.\n");
    const started = performance.now();
    await site.deliver();
    console.log(`an unchanged tree of forty instances on ${engine.name}: ${seconds(started)} s from commit to ready`);
    expect(changes(before, await snapshot(site.cluster))).toEqual({ made: [], changed: [], deleted: [] });
  });
}

const seconds = (started: number): string => ((performance.now() - started) / 1000).toFixed(0);
