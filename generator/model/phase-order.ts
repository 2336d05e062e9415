import { type Phase, phases } from "../contract/kubernetes.ts";
import { familyOrder } from "./family.ts";
import type { Instance } from "./model.ts";
import { order } from "./order.ts";

/** A phase of an instance. */
export interface PhaseOf {
  readonly instance: string;
  readonly phase: Phase;
}
/** The first is done when the second begins. */
export type Edge = readonly [before: PhaseOf, then: PhaseOf];
type Ordered = Pick<Instance, "name" | "component" | "owner" | "head" | "after">;

/**
 * What comes before what, in addition to the order of the phases of one instance. A client waits until its provider runs;
 * the phase contract of a provider does not concern it.
 */
export const edgesOf = (instances: readonly Ordered[]): Edge[] =>
  instances.flatMap(({ name, component, owner, after }): Edge[] => {
    const { after: first, before: last } = familyOrder(component);
    const of = (instance: string, phase: Phase): PhaseOf => ({ instance, phase });
    return [
      ...after.map((other): Edge => [of(other, "run"), of(name, "expand")]),
      ...(owner === undefined
        ? []
        : [
            ...first.map(([owners, own]): Edge => [of(owner, owners), of(name, own)]),
            ...last.map(([own, owners]): Edge => [of(name, own), of(owner, owners)]),
          ]),
    ];
  });

/** Heads of families that wait for each other: Argo CD brings one up as a whole, and a cluster may move to it from Flux. */
export function familyCycles(instances: readonly Ordered[]): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  order(familiesOf(instances, edgesOf(instances)), (cycle) => cycles.push(cycle));
  return cycles;
}

/** Instances in the order in which their first phases begin; ties by name. Calls back with each cycle of steps. */
export function inOrder<T extends Ordered>(
  instances: readonly T[],
  onCycle: (steps: readonly string[], head: string) => void,
): readonly T[] {
  const edges = edgesOf(instances);
  const step = ({ instance, phase }: PhaseOf) => `${instance}-${phase}`;
  const steps = instances.flatMap(({ name }) =>
    phases.map((phase, index) => ({
      name: step({ instance: name, phase }),
      instance: name,
      isFirst: index === 0,
      after: [
        ...(index === 0 ? [] : [step({ instance: name, phase: phases[index - 1]! })]),
        ...edges.filter(([, then]) => then.instance === name && then.phase === phase).map(([before]) => step(before)),
      ],
    })),
  );
  const byName = new Map(instances.map((instance) => [instance.name, instance]));
  const ordered = order(steps, (cycle) => {
    const { instance } = steps.find(({ name }) => name === cycle[0])!;
    onCycle(cycle, byName.get(instance)!.head);
  });
  return ordered.flatMap(({ instance, isFirst }) => (isFirst ? byName.get(instance)! : []));
}

const familiesOf = (instances: readonly Ordered[], edges: readonly Edge[]) => {
  const headOf = new Map(instances.map(({ name, head }) => [name, head]));
  const pairs = edges.map(([before, then]) => [headOf.get(before.instance), headOf.get(then.instance)!] as const);
  return [...new Set(headOf.values())].map((name) => ({
    name,
    after: [
      ...new Set(pairs.flatMap(([before, then]) => (then === name && before !== name ? (before ?? []) : []))),
    ].sort(),
  }));
};
