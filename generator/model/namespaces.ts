import type { Component } from "../contract/component.ts";
import type { Group } from "../contract/context.ts";
import type { ClusterSpec } from "../input/spec.ts";

/** Namespaces of the `grouped` layout; bases assume it, so that the usual cluster needs no patch. */
export const groupedNamespaces = {
  infrastructure: "openstack-infrastructure",
  services: "openstack-services",
  nodes: "openstack-nodes",
} as const satisfies Record<Group, string>;

/** Where an instance lives: where its operator has rights, else its own word, else the map's, else the layout's. */
export function namespaceOf(
  spec: Pick<ClusterSpec, "namespaces">,
  component: Component,
  instance: string,
  own: string | undefined,
): string {
  if (component.namespace !== undefined) return component.namespace;
  if (own !== undefined) return own;
  const { namespaces } = spec;
  if (typeof namespaces === "object")
    return (
      namespaces[instance] ??
      namespaces[component.name] ??
      namespaces[component.group] ??
      groupedNamespaces[component.group]
    );
  switch (namespaces) {
    case "grouped":
      return groupedNamespaces[component.group];
    case "single":
      // What runs on nodes may need rights there that nothing else in its namespace should have.
      return component.group === "nodes" ? groupedNamespaces.nodes : "openstack";
    case "per-component":
      return `openstack-${component.name}`;
  }
}
