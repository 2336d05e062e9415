import type { Catalogue, Component, Part, PartOrder } from "../contract/component.ts";
import { type Phase, phases, waves } from "../contract/kubernetes.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Draft } from "./draft.ts";
import { namespaceOf } from "./namespaces.ts";
import { order } from "./order.ts";

// A family is an instance that is a part of nothing, its head, with its parts and the parts of those.

/** What the name of an instance adds to its component's: `-two`, or empty. */
export const suffixOf = (name: string, component: Component): string => name.slice(component.name.length);

/** Name of a part: two owners of one component never have a part in common. A base is made of one without a name. */
export const partName = (owner: string, component: Component, part: { component: string; name?: string }): string =>
  `${part.component}${suffixOf(owner, component)}${part.name === undefined ? "" : `-${part.name}`}`;

/** Settings of a part: options and the release are its owner's alone, all others can be written at its name. */
export const partSettings = (
  spec: InstanceSpec,
  component: Component,
  part: Partial<Part>,
  { release }: InstanceSpec,
): InstanceSpec => ({
  ...spec,
  release,
  service: {
    ...spec.service,
    ...(spec.service.dedicated === undefined && part.dedicated !== undefined ? { dedicated: [...part.dedicated] } : {}),
  },
  options: component.options.parse(part.options ?? {}),
});

/** An instance, its owner, that one's owner and so on: the head comes last. */
export function lineOf(name: string, drafts: ReadonlyMap<string, Draft>): readonly string[] {
  const owner = drafts.get(name)?.owner;
  return owner === undefined ? [name] : [name, ...lineOf(owner, drafts)];
}

/**
 * The instance that decides where a part finds what it needs: the part itself when it says anything about it, else its
 * owner. So Nova's cells live at the database that Nova uses, or at the one that is Nova's alone.
 */
export const deciderOf = (kind: string, name: string, drafts: ReadonlyMap<string, Draft>): string =>
  lineOf(name, drafts).find((candidate) => {
    const { uses, dedicated } = drafts.get(candidate)!.spec.service;
    return (
      (uses as Readonly<Record<string, unknown>> | undefined)?.[kind] !== undefined ||
      dedicated?.includes(kind as never)
    );
  }) ?? name;

/** Namespace of an instance. A part lives where its owner does, if nothing else is said of it and their groups are the same. */
export function homeOf(
  name: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: Pick<ClusterSpec, "namespaces">,
): string {
  const { component, spec: settings, owner } = drafts.get(name)!;
  if (component.namespace !== undefined) return component.namespace;
  const own = settings.common.namespace;
  const { namespaces } = spec;
  const named = own ?? (typeof namespaces === "object" ? (namespaces[name] ?? namespaces[component.name]) : undefined);
  if (named === undefined && owner !== undefined && drafts.get(owner)!.component.group === component.group)
    return homeOf(owner, drafts, spec);
  return namespaceOf(spec, component, name, own);
}

/** A component, the one that it is a part of, and so on up to the head of its family. */
export function ancestryOf(component: Component, catalogue: Catalogue): readonly Component[] {
  const owner = component.partOf === undefined ? undefined : catalogue.get(component.partOf);
  return owner === undefined ? [component] : [component, ...ancestryOf(owner, catalogue)];
}

/** All components of a component's family. */
export const familyOf = (component: Component, catalogue: Catalogue): readonly Component[] => {
  const head = ancestryOf(component, catalogue).at(-1)!;
  return [...catalogue.values()].filter((other) => ancestryOf(other, catalogue).at(-1) === head);
};

/** What comes before a phase of a part, and what waits for one, among the phases of its owner: [before, then]. */
export const familyOrder = ({ order: places }: Component) => ({
  after: pairs(places?.after ?? { expand: "run" }).map(([own, owners]): [owners: Phase, own: Phase] => [owners, own]),
  before: pairs(places?.before ?? {}),
});
const pairs = (map: NonNullable<PartOrder["after"]>): [own: Phase, owners: Phase][] =>
  Object.entries(map) as [Phase, Phase][];

/** Waves that a phase takes: Jobs of `expand` follow the objects that they use. */
const lengths: Readonly<Record<Phase, number>> = { expand: 2, run: 1, contract: 1 };

/**
 * The wave in which each phase of a component begins, where its family is one Application: the end of the longest way of
 * phases to it. Instances do not matter, so that a base holds them.
 */
export function wavesOf(component: Component, catalogue: Catalogue): Readonly<Record<Phase, number>> {
  const family = familyOf(component, catalogue);
  if (family.length === 1) return waves;
  const id = (of: string, phase: Phase) => `${of}/${phase}`;
  const after = new Map<string, string[]>();
  const add = (before: string, then: string) => after.set(then, [...(after.get(then) ?? []), before]);
  for (const { name, partOf, ...header } of family) {
    for (const [index, phase] of phases.slice(1).entries()) add(id(name, phases[index]!), id(name, phase));
    if (partOf === undefined) continue;
    const edges = familyOrder({ name, ...header });
    for (const [owners, own] of edges.after) add(id(partOf, owners), id(name, own));
    for (const [own, owners] of edges.before) add(id(name, own), id(partOf, owners));
  }
  const nodes = family.flatMap(({ name }) =>
    phases.map((phase) => ({ name: id(name, phase), phase, after: after.get(id(name, phase)) ?? [] })),
  );
  const ends = new Map<string, number>();
  const begins = new Map<string, number>();
  for (const node of order(nodes, () => {})) {
    const wave = Math.max(waves.expand, ...node.after.map((before) => ends.get(before) ?? 0));
    begins.set(node.name, wave);
    ends.set(node.name, wave + lengths[node.phase]);
  }
  return Object.fromEntries(phases.map((phase) => [phase, begins.get(id(component.name, phase))!])) as Record<
    Phase,
    number
  >;
}
