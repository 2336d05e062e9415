import type { Catalogue, Component } from "../contract/component.ts";
import { servedRoles } from "../contract/node-roles.ts";
import { nodeGroupsOf } from "../input/node-groups.ts";
import type { ClusterSpec } from "../input/spec.ts";

/** An instance that a node group asks for. */
interface Agent {
  readonly name: string;
  readonly component: Component;
  readonly nodeGroup: string;
}

/** One instance of each component for each node group with its role, sorted; parts are made by their owners. */
export const agentsOf = (spec: ClusterSpec, catalogue: Catalogue): readonly Agent[] =>
  nodeGroupsOf(spec).flatMap(({ name: nodeGroup, roles }) =>
    [...catalogue.values()]
      .filter(
        (component) => component.partOf === undefined && servedRoles(component).some((role) => roles.includes(role)),
      )
      .map((component) => ({ name: `${component.name}-${nodeGroup}`, component, nodeGroup })),
  );
