import type { NodeGroup } from "../contract/context.ts";
import type { ClusterSpec } from "./spec.ts";

/** A node group as cluster.yaml says it. */
export type NodeGroupSpec = NonNullable<ClusterSpec["nodeGroups"]>[string];

/** Labels that the nodes of a group carry. */
export const selectorOf = (name: string, { nodeSelector }: NodeGroupSpec): Readonly<Record<string, string>> =>
  nodeSelector ?? { "overstack.io/node-group": name };

/** The node groups as components see them, with their defaults, by name. */
export const nodeGroupsOf = ({ nodeGroups = {} }: Pick<ClusterSpec, "nodeGroups">): readonly NodeGroup[] =>
  Object.keys(nodeGroups)
    .sort()
    .map((name) => {
      const { roles, physicalNetworks = {} } = nodeGroups[name]!;
      return { name, roles, nodeSelector: selectorOf(name, nodeGroups[name]!), physicalNetworks };
    });
