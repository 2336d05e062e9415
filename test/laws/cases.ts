import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { buildFrom, type Cluster } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import type { Model } from "../../generator/model/model.ts";
import type { RenderedCluster } from "../../generator/render/cluster.ts";
import { onNodes } from "../contract/nodes.ts";
import { families } from "../family/examples.ts";
import { work } from "../tools/work.ts";
import { clustersWith, type Data } from "./clusters.ts";
import { library } from "./library.ts";
import { textOf } from "./text.ts";

/** A cluster that was rendered. */
export type Rendered = Cluster & { readonly model: Model; readonly rendered: RenderedCluster };

export { textOf };

/** A cluster from the data of its cluster.yaml, or from its text. */
export function build(input: Data | string): Cluster {
  work.clusters++;
  return make(input);
}

function make(input: Data | string): Cluster {
  const text = typeof input === "string" ? input : textOf(input);
  const { name } = parse(text) as { name: string };
  return buildFrom({ name, text, library });
}

/**
 * The clusters of this repository and the golden ones, by path, and some with components that are in no catalogue: [path, cluster]
 * as `describe.each` takes it.
 */
export const examples: readonly (readonly [string, Rendered])[] = [
  ...globSync("{.,test/golden}/clusters/*/cluster.yaml")
    .sort()
    .map((path) => [path, make(readFileSync(path, "utf8")) as Rendered] as const),
  ...families,
  ...(["flux", "argocd"] as const).map((engine) => [`nodes, by ${engine}`, onNodes(engine) as Rendered] as const),
];

/** Random clusters that a law looks at unless it says another number. */
const quick = 25;
/** More random clusters than a quick run looks at: OVERSTACK_LAWS_RUNS=1000. */
const runs = (quick: number): number => Number(process.env.OVERSTACK_LAWS_RUNS ?? quick);

/**
 * Where random clusters begin. The same for a day, so that what Kustomize has built for them need not be built again;
 * `npm run test:laws` begins elsewhere each time, and OVERSTACK_LAWS_SEED=<seed> where a run began that found something.
 */
export const seed = Number(
  process.env.OVERSTACK_LAWS_SEED ?? new Date().toISOString().slice(0, 10).replaceAll("-", ""),
);

/** A random cluster of the pool, and how fast-check draws it again. */
interface Drawn {
  readonly data: Data;
  readonly cluster: Rendered;
  readonly arbitrary: fc.Arbitrary<Data>;
  readonly seed: number;
}

/** Every component is in one of so many clusters, at least: all that a law looks at. */
const round = Math.min(quick, runs(quick));
/** Laws that look at more clusters than this draw the others again: memory is finite. */
const kept = 50;
const pool: Drawn[] = [];

/** The valid random cluster with this number: the same for all laws of a run, and in a worker rendered once. */
function drawn(index: number): Drawn {
  work.pool = Math.max(work.pool, index + 1);
  const found = pool[index] ?? draw(index);
  if (index < kept) pool[index] = found;
  return found;
}

function draw(index: number): Drawn {
  const must = [...catalogue.keys()].filter((_, position) => position % round === index % round);
  const arbitrary = clustersWith(must);
  for (let attempt = 0; attempt < 50; attempt++) {
    const own = seed + index + attempt * 1_000_003;
    const [data] = fc.sample(arbitrary, { numRuns: 1, seed: own });
    const cluster = make(data!);
    if (hasErrors(cluster.issues)) continue;
    // A part is there where its owner's options ask for it, which no draft can promise.
    const there = componentsIn(cluster as Rendered);
    if (must.every((name) => there.has(name)))
      return { data: data!, cluster: cluster as Rendered, arbitrary, seed: own };
  }
  throw new Error(`of fifty random clusters none is valid and has ${must.join(" and ")}`);
}

/** Names of the components that a cluster has instances of. */
export const componentsIn = ({ model }: Rendered): ReadonlySet<string> =>
  new Set(model.instances.map(({ component }) => component.name));

/**
 * Checks random valid clusters; all laws look at the same ones. What fails is drawn again by fast-check, which reports the
 * smallest cluster that it fails with.
 */
export async function forEachCluster(
  count: number,
  check: (cluster: Rendered, data: Data) => void | Promise<void>,
): Promise<void> {
  for (let index = 0; index < runs(count); index++) {
    const one = drawn(index);
    try {
      await check(one.cluster, one.data);
    } catch (error) {
      await smallest(one, check);
      throw error;
    }
  }
}

/** A law: it holds in the clusters of this repository, and in random ones. `mistakes` are sentences on what breaks it. */
export function law(statement: string, mistakes: (cluster: Rendered) => readonly string[]): void {
  test.each(examples)(`${statement}: in %s`, (_, cluster) => expect(mistakes(cluster)).toEqual([]));

  test(`${statement}: in random clusters`, { timeout: 3_600_000 }, () =>
    forEachCluster(quick, (cluster) => expect(mistakes(cluster)).toEqual([])),
  );
}

/** Throws with the smallest cluster that fails. */
async function smallest(
  { arbitrary, seed: own }: Drawn,
  check: (cluster: Rendered, data: Data) => void | Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (data) => {
    const cluster = make(data);
    fc.pre(!hasErrors(cluster.issues));
    await check(cluster as Rendered, data);
  });
  await fc.assert(property, { numRuns: 1, seed: own }).catch((error: Error) => {
    throw new Error(`OVERSTACK_LAWS_SEED=${seed} begins with the same clusters again.\n${error.message}`, {
      cause: error,
    });
  });
}
