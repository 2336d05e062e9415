import type { Step } from "../delivery/graph.ts";
import type { ObjectChange } from "./changes.ts";
import type { Delivered } from "./delivered.ts";
import { workloadOf } from "./pods.ts";

/** A step of the delivery in which pods are replaced or Jobs run. */
export interface RollStep {
  /** `keystone-run` */
  readonly step: string;
  /** Those of one number begin together, at the earliest when all before them are done. */
  readonly place: number;
  /** Workloads whose pods are replaced, and Jobs that run. */
  readonly objects: readonly string[];
  /** Seconds that it takes at least: delays of probes, and waits before a pod ends. What programs take is not in it. */
  readonly least: number;
}

/** The order in which an edit rolls through a cluster. */
export interface Roll {
  readonly steps: readonly RollStep[];
  /** Seconds of the longest way through them, at least. */
  readonly least: number;
}

/**
 * The steps of which something happens to pods, in order. Flux keeps the order of all steps on every commit; Argo CD that of the phases
 * of an instance: docs/delivery.md.
 */
export function rollOf(
  steps: readonly Step[],
  engine: "flux" | "argocd",
  changes: readonly ObjectChange[],
  after: ReadonlyMap<string, Delivered>,
): Roll {
  const moving = changes.filter(({ pods, verb }) => pods !== undefined && verb !== "remove" && rolls.has(pods.what));
  const byStep = Map.groupBy(moving, ({ id, of }) => `${of}-${after.get(id)!.phase}`);
  const before = new Map(
    steps.map(({ name, after: names, instance }) => [
      name,
      engine === "flux" ? names : names.filter((other) => isOfSame(other, instance?.name)),
    ]),
  );
  const placed = new Map<string, { readonly place: number; readonly until: number }>();
  // Steps stand in the order of what they wait for.
  for (const { name } of steps) {
    const ends = (before.get(name) ?? []).flatMap((other) => placed.get(other) ?? []);
    const place = Math.max(0, ...ends.map((end) => end.place)) + (byStep.has(name) ? 1 : 0);
    const least = leastOf(byStep.get(name) ?? [], after);
    placed.set(name, { place, until: Math.max(0, ...ends.map((end) => end.until)) + least });
  }
  return {
    steps: steps
      .filter(({ name }) => byStep.has(name))
      .map(({ name }) => {
        const own = byStep.get(name)!;
        return {
          step: name,
          place: placed.get(name)!.place,
          objects: own.map(({ id }) => id),
          least: leastOf(own, after),
        };
      })
      .sort((one, other) => one.place - other.place),
    least: Math.max(0, ...[...placed.values()].map(({ until }) => until)),
  };
}

const rolls: ReadonlySet<string> = new Set(["replaced", "run"]);

const isOfSame = (step: string, instance: string | undefined): boolean =>
  instance !== undefined && ["expand", "run", "contract"].some((phase) => step === `${instance}-${phase}`);

/** All workloads of a step roll at once. */
const leastOf = (changes: readonly ObjectChange[], after: ReadonlyMap<string, Delivered>): number =>
  Math.max(
    0,
    ...changes.map(({ id, pods }) => (pods!.what === "replaced" ? (workloadOf(after.get(id)!.object).least ?? 0) : 0)),
  );
