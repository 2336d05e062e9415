import type { Catalogue, Component } from "../contract/component.ts";
import type { Kind, Need } from "../contract/connection.ts";
import { endpointNamed } from "../contract/endpoints.ts";
import type { InstanceSpec } from "../input/spec.ts";

/** What an instance needs with its options. */
export const needsOf = (component: Component, settings: InstanceSpec): readonly Need[] =>
  component.needs?.(settings.options) ?? [];

/** Which instance provides a need; undefined when it lies outside the cluster's description. */
export function providerOf(
  kind: Kind,
  name: string,
  settings: InstanceSpec,
  catalogue: Catalogue,
): { name: string; component: Component; named: boolean } | undefined {
  const component = [...catalogue.values()].find(({ provides }) => provides === kind);
  if (component === undefined) throw new Error(`no component of the catalogue provides ${kind}`);
  const used = settings.service.uses?.[kind];
  if (typeof used === "object") return undefined;
  if (used !== undefined) return { name: used, component, named: true };
  const dedicated = settings.service.dedicated?.includes(kind) ?? false;
  return { name: dedicated ? `${component.name}-${name}` : component.name, component, named: false };
}

/** The component whose API has this catalogue type. */
export function endpointOwner(type: string, catalogue: Catalogue): Component {
  const owner = [...catalogue.values()].find((component) => endpointNamed(component, type) !== undefined);
  if (owner === undefined) throw new Error(`no component of the catalogue has an endpoint of type ${type}`);
  return owner;
}
