import type { Cluster } from "../fleet/one-cluster.ts";
import { changesBetween, isImage, type ObjectChange } from "./changes.ts";
import { deliveredBy } from "./delivered.ts";

/** What an edit does to one cluster. */
export interface ClusterDiff {
  readonly name: string;
  readonly verb: "add" | "change" | "remove";
  /** What keeps changes from being applied at once, in sentences. */
  readonly later: readonly string[];
  readonly changes: readonly ObjectChange[];
  readonly images: readonly ImageChange[];
}

/** An image that containers run instead of another one. */
export interface ImageChange {
  readonly before: string;
  readonly after: string;
  /** Instances with such containers. */
  readonly of: readonly string[];
}

/** A file of Git that holds a Secret, by `namespace/name`. */
export interface SecretChange {
  readonly secret: string;
  readonly verb: ObjectChange["verb"];
}

/**
 * Compares a cluster before and after an edit, both rendered; undefined where there is none. At least one is there. `secrets` are those
 * of its Secrets whose encrypted files differ.
 */
export function clusterDiff(
  before: Cluster | undefined,
  after: Cluster | undefined,
  secrets: readonly SecretChange[] = [],
): ClusterDiff {
  const [old, own] = [before, after].map((cluster) => (cluster === undefined ? [] : deliveredBy(cluster)));
  // Instances in the order in which they come up; the engine's own objects last.
  const order = [...new Set([...own!, ...old!].map(({ of }) => of))];
  const inGit = secrets.map(
    ({ secret, verb }): ObjectChange => ({ of: "secrets", id: `Secret ${secret}`, verb, fields: [] }),
  );
  const ofObjects = changesBetween(old!, own!).sort((one, other) => order.indexOf(one.of) - order.indexOf(other.of));
  return {
    name: (after ?? before)!.name,
    verb: before === undefined ? "add" : after === undefined ? "remove" : "change",
    later: after === undefined ? [] : laterOf(after, [...ofObjects, ...inGit]),
    changes: [...ofObjects, ...inGit],
    images: imagesIn(ofObjects),
  };
}

/** A pinned cluster reads another commit, and an instance that is suspended none. */
function laterOf({ model }: Cluster, changes: readonly ObjectChange[]): string[] {
  const { spec, instances } = model!;
  const { ref } = spec.delivery;
  const suspended = instances.filter(({ name, isSuspended }) => isSuspended && changes.some(({ of }) => of === name));
  return [
    ...(ref === undefined || changes.length === 0
      ? []
      : [`the cluster follows ${Object.values(ref).join()}: applied when that moves`]),
    ...suspended.map(({ name }) => `${name} is suspended: applied when it goes on`),
  ];
}

function imagesIn(changes: readonly ObjectChange[]): ImageChange[] {
  const found = changes.flatMap(({ of, fields }) =>
    fields.filter(isImage).map(({ before, after }) => ({ of, before: String(before), after: String(after) })),
  );
  return [...Map.groupBy(found, ({ before, after }) => `${before} ${after}`).values()].map((same) => ({
    before: same[0]!.before,
    after: same[0]!.after,
    of: [...new Set(same.map(({ of }) => of))],
  }));
}
