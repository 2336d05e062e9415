import type { Catalogue, Component } from "./component.ts";
import type { Need } from "./connection.ts";
import type { NodeGroup } from "./context.ts";

/** What an instance with these options needs from providers: itself and its parts, without what a part has from its owner. */
export function familyNeeds(
  component: Component,
  options: unknown,
  catalogue: Catalogue,
  nodeGroups: readonly NodeGroup[],
): readonly Need[] {
  const own = (component.needs?.(options) ?? []).filter(({ from }) => from !== "owner");
  const ofParts = (component.parts?.(options, nodeGroups) ?? []).flatMap((part) => {
    const made = catalogue.get(part.component)!;
    return familyNeeds(made, made.options.parse(part.options ?? {}), catalogue, nodeGroups);
  });
  return [...own, ...ofParts];
}
