import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { buildFrom, type Cluster } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import type { Model } from "../../generator/model/model.ts";
import type { RenderedCluster } from "../../generator/render/cluster.ts";
import { clusters, type Data } from "./clusters.ts";
import { library } from "./library.ts";

/** A cluster that was rendered. */
export type Rendered = Cluster & { readonly model: Model; readonly rendered: RenderedCluster };

/** The text of a cluster.yaml. */
export const textOf = (data: Data): string =>
  stringify(data, { aliasDuplicateObjects: false, compat: "yaml-1.1", lineWidth: 0 });

/** A cluster from the data of its cluster.yaml, or from its text. */
export function build(input: Data | string): Cluster {
  const text = typeof input === "string" ? input : textOf(input);
  const { name } = parse(text) as { name: string };
  return buildFrom(`clusters/${name}/cluster.yaml`, name, text, catalogue, library);
}

/** The clusters of this repository and the golden ones, by path: [path, cluster] as `describe.each` takes it. */
export const examples: readonly (readonly [string, Rendered])[] = globSync("{.,test/golden}/clusters/*/cluster.yaml")
  .sort()
  .map((path) => [path, build(readFileSync(path, "utf8")) as Rendered]);

/** More random clusters than a quick run looks at: OVERSTACK_LAWS_RUNS=1000. */
export const runs = (quick: number): number => Number(process.env.OVERSTACK_LAWS_RUNS ?? quick);

/**
 * Checks random valid clusters. fast-check prints the seed of what it finds, and the smallest cluster that it finds it
 * with; OVERSTACK_LAWS_SEED=<seed> begins with the same clusters again.
 */
export async function forEachCluster(
  quick: number,
  check: (cluster: Rendered, data: Data) => void | Promise<void>,
): Promise<void> {
  const seed = process.env.OVERSTACK_LAWS_SEED;
  await fc.assert(
    fc.asyncProperty(clusters, async (data) => {
      const cluster = build(data);
      fc.pre(!hasErrors(cluster.issues));
      await check(cluster as Rendered, data);
    }),
    { numRuns: runs(quick), ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
}
