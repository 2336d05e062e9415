import { afterAll, beforeAll } from "vitest";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import type { Engine, Phase, Unit } from "./engines.ts";
import { type Fleet, makeFleet, serveGit } from "./fleet.ts";
import { type Nodes, startNodes } from "./nodes.ts";
import { until } from "./processes.ts";
import { standIns } from "./stand-ins/start.ts";

/** A cluster with nodes and an engine, and the fleet that it is fed from. The tests of a file are one history of it. */
export interface Site {
  readonly engine: Engine;
  readonly name: string;
  readonly cluster: ControlPlane;
  readonly fleet: Fleet;
  /** The path of its cluster.yaml. */
  readonly file: string;
  /** Commits what was edited, generated unless said otherwise, and tells the engine; returns the commit. */
  push(how?: { readonly generate?: boolean; readonly tag?: string }): string;
  /** The same, and waits until all of it is applied and ready. */
  deliver(): Promise<void>;
  /** By what the engine applies an instance's phase. */
  unit(instance: string, phase: Phase): Promise<Unit>;
  /** Resolves when the engine says that it failed, with this among its words. */
  failure(instance: string, phase: Phase, words: RegExp): Promise<void>;
  /** Resolves when all other instances are at the commit and ready, whatever becomes of these. */
  others(commit: string, ...instances: readonly string[]): Promise<void>;
}

/** What a site begins with. */
export interface Beginning {
  readonly name: string;
  /** Its cluster.yaml. */
  readonly text: string;
  /** Other clusters in the same repository: name -> cluster.yaml. */
  readonly others?: Readonly<Record<string, string>>;
  readonly nodes?: Nodes;
}

/** Starts a site before the tests of a file, and ends it after them; nothing is generated or committed yet. */
export function siteOf(engine: Engine, { name, text, others = {}, nodes = threeZones }: Beginning): Site {
  let cluster: ControlPlane;
  let fleet: Fleet;
  beforeAll(async () => {
    cluster = await startControlPlane();
    await startNodes(cluster, nodes);
    await standIns(cluster);
    fleet = makeFleet(serveGit(cluster), { ...others, [name]: text });
    await engine.start(cluster);
  });
  afterAll(() => cluster?.stop());

  const site: Site = {
    engine,
    name,
    get cluster() {
      return cluster;
    },
    get fleet() {
      return fleet;
    },
    file: `clusters/${name}/cluster.yaml`,
    push({ generate = true, tag } = {}) {
      if (generate) fleet.overstack("generate");
      const commit = fleet.commit(...(tag === undefined ? [] : [tag]));
      engine.fetch(cluster);
      return commit;
    },
    async deliver() {
      await engine.synced(cluster, site.push());
    },
    async unit(instance, phase) {
      const wanted = engine.unitOf(name, instance, phase);
      const found = (await engine.units(cluster)).find((unit) => unit.name === wanted);
      if (found === undefined) throw new Error(`${engine.name} has no ${wanted}`);
      return found;
    },
    async failure(instance, phase, words) {
      await until(`the failure of ${instance} ${phase}`, async () => {
        const { failed, message } = await site.unit(instance, phase);
        if (failed && words.test(message)) return true;
        throw new Error(message);
      });
    },
    async others(commit, ...instances) {
      // The root is busy for as long as one of them is.
      const apart = [name, `${name}-applications`, ...instances.map((instance) => `${name}-${instance}`)];
      const isApart = (unit: string) => apart.includes(unit.replace(/-(?:expand|run|contract)$/, ""));
      await until(`${commit} in all others`, async () => {
        const others = (await engine.units(cluster)).filter((unit) => !isApart(unit.name));
        const behind = others.filter(({ applied, ready }) => !ready || applied !== commit);
        if (behind.length > 0) throw new Error(behind.map(({ name, message }) => `${name}: ${message}`).join("\n"));
        return others.length > 0;
      });
    },
  };
  return site;
}

const threeZones: Nodes = { zones: ["a", "b", "c"], count: 20 };
