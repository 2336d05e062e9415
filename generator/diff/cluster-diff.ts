import { installedOperators } from "../delivery/installation.ts";
import { stepsOf } from "../delivery/write.ts";
import { type Cluster, recordedStateOf } from "../fleet/one-cluster.ts";
import { consentsOf, type RecordedState } from "../model/living.ts";
import { versionOf } from "../operators/index.ts";
import { changesBetween, isImage, type ObjectChange } from "./changes.ts";
import { type Delivered, deliveredBy } from "./delivered.ts";
import type { Field } from "./fields.ts";
import { type Claim, claimsOf, inOrder } from "./impact.ts";
import { type Roll, rollOf } from "./roll.ts";
import { type RuleName, rules } from "./rules.ts";

/** What an edit does to one cluster. */
export interface ClusterDiff {
  readonly name: string;
  /** Clusters of which the same is to be said, with their own names. */
  readonly others?: readonly string[];
  readonly verb: "add" | "change" | "remove";
  /** What it means for the cluster, the gravest first. */
  readonly impact: readonly Claim[];
  /** In which order pods are replaced and Jobs run. */
  readonly roll: Roll;
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
  /** Keys of which the encrypted texts differ. */
  readonly fields: readonly Field[];
}

/** A cluster as its files have it, whichever version wrote them. */
export interface FromFiles {
  readonly name: string;
  readonly objects: readonly Delivered[];
  /** The release of each instance. */
  readonly releases: ReadonlyMap<string, string>;
}

/** What else is known of an edit. */
export interface Known {
  /** Secrets whose encrypted files differ. */
  readonly secrets?: readonly SecretChange[];
  /** What the run before the edit recorded of living data. */
  readonly recorded?: RecordedState | undefined;
}

/** Compares a cluster before and after an edit; undefined where there is none. At least one is there. */
export function clusterDiff(
  before: Cluster | FromFiles | undefined,
  after: Cluster | FromFiles | undefined,
  { secrets = [], recorded }: Known = {},
): ClusterDiff {
  const [old, own] = [before, after].map((side) =>
    side === undefined ? [] : "objects" in side ? side.objects : deliveredBy(side),
  );
  const rendered = after === undefined || "objects" in after ? undefined : after;
  // Instances in the order in which they come up; the engine's own objects last.
  const order = [...new Set([...own!, ...old!].map(({ of }) => of))];
  const inGit = secrets.map(
    ({ secret, ...change }): ObjectChange => ({ of: "secrets", id: `Secret ${secret}`, ...change }),
  );
  const ofObjects = changesBetween(old!, own!).sort((one, other) => order.indexOf(one.of) - order.indexOf(other.of));
  const changes = [...ofObjects, ...inGit];
  const verb = before === undefined ? "add" : after === undefined ? "remove" : "change";
  const sides = { changes, before: byId(old!), after: byId(own!) };
  const { instances = [] } = rendered?.model ?? {};
  const roleOf = ({ of, object }: Delivered) =>
    instances.find(({ name }) => name === of)?.component.roles[object.metadata.labels?.[roleLabel] ?? ""];
  const ofCluster = [
    ...(before === undefined || rendered === undefined ? [] : betweenClusters(before, rendered, changes)),
    ...(before !== undefined && "objects" in before
      ? [
          cluster(
            "other-version",
            "the commit has files of another version of Overstack: what that changes is shown too",
          ),
        ]
      : []),
    ...(rendered === undefined ? [] : consented(rendered, recorded)),
    ...(verb === "remove"
      ? [cluster("cluster-gone", "its engine finds no files any more: everything stays as it is")]
      : []),
  ];
  const ofEach =
    verb === "change"
      ? claimsOf({
          ...sides,
          isQuorum: (each) => roleOf(each)?.scaling === "odd",
          interrupts: (each) => roleOf(each)?.interrupts,
        })
      : [];
  return {
    name: (after ?? before)!.name,
    verb,
    impact: inOrder([...ofCluster, ...ofEach]),
    roll:
      verb === "change" && rendered !== undefined ? rolled(rendered, changes, sides.after) : { steps: [], least: 0 },
    changes,
    images: imagesIn(ofObjects),
  };
}

const roleLabel = "app.kubernetes.io/component";
const byId = (all: readonly Delivered[]): Map<string, Delivered> => new Map(all.map((each) => [each.id, each]));

const rolled = ({ model, rendered }: Cluster, changes: readonly ObjectChange[], after: Map<string, Delivered>): Roll =>
  rollOf(stepsOf(model!, rendered!.renders, rendered!.hasSecrets), model!.spec.delivery.engine, changes, after);

const cluster = (rule: RuleName, says: string, instead?: string): Claim => ({
  ...{ rule, level: rules[rule].level, objects: [], says },
  ...(instead === undefined ? {} : { instead }),
});

/** A pinned cluster reads another commit, an instance that is suspended none, and a release has no way back. */
function betweenClusters(before: Cluster | FromFiles, after: Cluster, changes: readonly ObjectChange[]): Claim[] {
  const { spec, instances } = after.model!;
  const { ref } = spec.delivery;
  const suspended = instances.filter(({ name, isSuspended }) => isSuspended && changes.some(({ of }) => of === name));
  const releases: ReadonlyMap<string, string> =
    "objects" in before
      ? before.releases
      : new Map(before.model!.instances.map((instance) => [instance.name, instance.spec.release]));
  const moved = instances.filter(({ name, spec: own }) => releases.has(name) && releases.get(name) !== own.release);
  const from = [...new Set(moved.map(({ name }) => releases.get(name)!))].sort();
  const to = [...new Set(moved.map((instance) => instance.spec.release))].sort();
  return [
    ...(moved.length === 0
      ? []
      : [cluster("release", `${from.join(", ")} becomes ${to.join(", ")}: there is no way back but a backup`)]),
    ...("objects" in before ? [] : movedOperators(before, after)).map(({ operator, from: was, to: is }) =>
      cluster("operator-version", `${operator} goes from ${was} to ${is}: it may replace the pods of all that it runs`),
    ),
    ...(ref === undefined || changes.length === 0
      ? []
      : [cluster("pinned", `the cluster follows ${Object.values(ref).join()}: applied when that moves`)]),
    ...suspended.map(({ name }) => ({
      ...cluster("suspended", `${name} is suspended: applied when it goes on`),
      of: name,
    })),
  ];
}

/** Operators that the engine installs at another version than before. */
function movedOperators(before: Cluster, after: Cluster): { operator: string; from: string; to: string }[] {
  const old = new Map(installedOperators(before.model!).map((operator) => [operator.name, versionOf(operator)]));
  return installedOperators(after.model!).flatMap((operator) => {
    const [from, to] = [old.get(operator.name), versionOf(operator)];
    return from === undefined || from === to ? [] : [{ operator: operator.name, from, to }];
  });
}

/** What becomes of the consents of cluster.yaml. */
const consented = (after: Cluster, recorded: RecordedState | undefined): Claim[] =>
  recorded === undefined
    ? []
    : consentsOf(recorded, recordedStateOf(after.model!), after.model!.spec).map(({ change, reason, allows }) =>
        allows === undefined
          ? cluster("consent", `nothing uses the consent to ${change}`, "Remove it from cluster.yaml.")
          : cluster(
              "consent",
              `${allows}: consented to by ${change} (${reason}), which this change uses up`,
              "Remove it from cluster.yaml when this is applied.",
            ),
      );

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
