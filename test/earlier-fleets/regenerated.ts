import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { judge } from "../../generator/fleet/one-cluster.ts";
import { planFleet, writeFleet } from "../../generator/fleet/plan.ts";
import { hasErrors, type Issue } from "../../generator/issues/issue.ts";
import type { RecordedState } from "../../generator/model/living.ts";
import { wantedSecrets } from "../../generator/secrets/wanted.ts";
import { emptyFolder, type Folder } from "../laws/folders.ts";
import { type KubernetesObject, parseObjects } from "../tools/kustomize.ts";
import type { Pair } from "./differences.ts";
import { type EarlierFleet, filesOf } from "./fleet.ts";

/** A fleet as its commit left it, and as today's generator writes it. */
export interface Regenerated {
  readonly before: Folder;
  readonly after: Folder;
  /** What the operator is told. */
  readonly issues: readonly Issue[];
  readonly pairs: readonly Pair[];
  /** Paths that another run would write or delete. */
  again(): string[];
  remove(): void;
}

/** Lets today's generator write an earlier fleet, with what its inventories record. */
export async function regenerated(fleet: EarlierFleet): Promise<Regenerated> {
  const [before, after] = [emptyFolder(), emptyFolder()];
  for (const folder of [before, after]) folder.writeAll(filesOf(fleet));
  const outcome = planFleet(after.root);
  const issues = [...outcome.issues, ...(outcome.plan === undefined ? [] : writeFleet(after.root, outcome))];
  const names = [...fleet.clusters.keys()];
  const [old, own] = hasErrors(issues)
    ? []
    : await Promise.all([before, after].map((folder) => objectsIn(folder, names)));
  const pairs = names.flatMap((cluster) =>
    old === undefined ? [] : [{ cluster, before: old.get(cluster)!, after: own!.get(cluster)! }],
  );
  const again = () => {
    const { writes, deletes } = planFleet(after.root).plan!;
    return [...writes, ...deletes].map(({ path }) => path);
  };
  return { before, after, issues, pairs, again, remove: () => [before, after].forEach((folder) => folder.remove()) };
}

/** What the inventory of a cluster records of living data. */
export const factsIn = (folder: Folder, cluster: string): RecordedState => {
  const text = readFileSync(join(folder.root, "clusters", cluster, "inventory.json"), "utf8");
  return (JSON.parse(text) as { facts: RecordedState }).facts;
};

/** The Secrets that a cluster of the fleet reads today, with their keys: namespace/name -> keys. */
export function secretsOf({ before }: Regenerated, name: string, text: string): Record<string, string[]> {
  const { model } = judge({ name, text, before: factsIn(before, name) });
  return Object.fromEntries(wantedSecrets(model!).map(({ id, keys }) => [id, Object.keys(keys).sort()]));
}

/** What Kustomize makes of each cluster, and what its engine is told, by cluster. */
async function objectsIn(folder: Folder, clusters: readonly string[]): Promise<Map<string, KubernetesObject[]>> {
  // All overlays of a cluster at once: to start Kustomize costs more than to build a few objects.
  const whole = (name: string) => `whole/${name}`;
  folder.writeAll(
    clusters.map((name) => {
      const overlays = globSync(`overlays/${name}/*/kustomization.yaml`, { cwd: folder.root }).sort();
      const resources = overlays.map((file) => `../../${dirname(file)}`);
      return [`${whole(name)}/kustomization.yaml`, JSON.stringify({ resources })];
    }),
  );
  const built = await folder.build(clusters.map(whole));
  return new Map(
    clusters.map((name) => [name, [...built.get(whole(name))!, ...delivered(join(folder.root, "clusters", name))]]),
  );
}

/** The objects that an engine is fed with: steps of Flux, Applications of Argo CD, operators. */
const delivered = (folder: string): KubernetesObject[] =>
  globSync("{flux,argocd}/**/*.yaml", { cwd: folder })
    .filter((file) => !file.endsWith("kustomization.yaml"))
    .sort()
    .flatMap((file) => parseObjects(readFileSync(join(folder, file), "utf8")));
