import { kindOf } from "../connections/index.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Kind, Need } from "../contract/connection.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Recorded } from "./model.ts";

/** What an instance needs with its options, with the places that an earlier version made for it. */
export const needsOf = (component: Component, settings: InstanceSpec, keptPlaces: Recorded): readonly Need[] =>
  (component.needs?.(settings.options) ?? []).map((need) =>
    keepsOwn(need, settings.name, component, keptPlaces) ? { ...withoutOwner(need), name: plainName(component) } : need,
  );

const withoutOwner = ({ from: _, ...need }: Need): Need => need;

/** A database or virtual host that is called like its component. */
const plainName = ({ name }: Component): string => name.replaceAll("-", "_");

const keepsOwn = ({ kind, from }: Need, name: string, component: Component, keptPlaces: Recorded): boolean =>
  from === "provider" && keptPlaces[name]?.providers[`${kind} ${plainName(component)}`] !== undefined;

/**
 * Instances, as the run before recorded them, that keep a place of their own although the provider has one for all now. An
 * earlier version gave each producer of notifications a virtual host. Messages may wait in it, so it stays until the
 * operator consents to the move.
 */
export function keptOf(spec: ClusterSpec, catalogue: Catalogue, before: Recorded): Recorded {
  const consents = new Set((spec.consent ?? []).map(({ change }) => change));
  const keeps = ({ name, component: componentName, options }: InstanceSpec): boolean => {
    const component = catalogue.get(componentName)!;
    // The options of a part follow from its owner, and no part had such a place.
    if (component.partOf !== undefined) return false;
    const needs = component.needs?.(options) ?? [];
    const recorded = before[name]?.providers ?? {};
    return needs.some(
      (need) =>
        keepsOwn(need, name, component, before) &&
        recorded[`${need.kind} ${need.name}`] === undefined &&
        !needs.some((other) => other.kind === need.kind && other.name === plainName(component)) &&
        !consents.has(`move-${need.kind}/${name}`),
    );
  };
  return Object.fromEntries(spec.instances.filter(keeps).map(({ name }) => [name, before[name]!]));
}

/** What tells a need apart from others of its kind: what its name adds to the component's; empty for the plain one. */
export function distinctionOf(component: Component, { name }: Need): string {
  const plain = plainName(component);
  const added = name === plain ? "" : name.startsWith(`${plain}_`) ? name.slice(plain.length + 1) : name;
  return added.replaceAll("_", "-");
}

/** Which instance provides a need; undefined when it lies outside the cluster's description. */
export function providerOf(
  need: Need,
  name: string,
  settings: InstanceSpec,
  catalogue: Catalogue,
): { name: string; component: Component; named: boolean } | undefined {
  const { kind, from } = need;
  const used = settings.service.uses?.[kind];
  if (typeof used === "object") return undefined;
  const usual = usualProvider(need, catalogue);
  if (used !== undefined) {
    const bearing = providersOf(kind, catalogue).find((component) => isNamedAfter(used, component));
    return { name: used, component: bearing ?? usual, named: true };
  }
  const dedicated = from === undefined && (settings.service.dedicated?.includes(kind) ?? false);
  return { name: dedicated ? `${usual.name}-${name}` : usual.name, component: usual, named: false };
}

/** Components that provide a kind. */
export const providersOf = (kind: Kind, catalogue: Catalogue): readonly Component[] =>
  [...catalogue.values()].filter(({ provides }) => provides === kind);

const isNamedAfter = (instance: string, { name }: Component): boolean =>
  instance === name || instance.startsWith(`${name}-`);

/** The provider that promises what a need asks for, and no more. */
function usualProvider(need: Need, catalogue: Catalogue): Component {
  const found = providersOf(need.kind, catalogue).find(({ grade }) => grade === gradeOf(need));
  if (found === undefined)
    throw new Error(`no component of the catalogue provides ${need.kind} ${gradeOf(need) ?? ""}`);
  return found;
}

/** What a need asks for; undefined where a kind has one provider. */
export const gradeOf = ({ kind, grade }: Need): string | undefined => grade ?? kindOf(kind).grades?.[0];

/** True when who promises the one can stand for who promises the other. */
export function suffices(promised: string | undefined, need: Need): boolean {
  const { grades = [] } = kindOf(need.kind);
  return grades.indexOf(promised ?? "") >= grades.indexOf(gradeOf(need) ?? "");
}
