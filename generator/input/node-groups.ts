import type { Catalogue } from "../contract/component.ts";
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

/**
 * A development cluster that says nothing of its nodes: where something works on nodes, all of them are one group and do everything, and
 * databases and brokers let every address in.
 */
export function withNodes(spec: ClusterSpec, catalogue: Catalogue): ClusterSpec {
  const { profile, nodeGroups, kubernetes, instances } = spec;
  const asked = instances.some(({ component }) => catalogue.get(component)!.worksOn !== undefined);
  if (profile !== "development" || nodeGroups !== undefined || !asked) return spec;
  const roles = [...new Set([...catalogue.values()].flatMap(({ perNodeGroup }) => perNodeGroup ?? []))].sort();
  return {
    ...spec,
    nodeGroups: { all: { roles, nodeSelector: { "kubernetes.io/os": "linux" } } },
    kubernetes: { ...kubernetes, nodeNetworks: kubernetes.nodeNetworks ?? ["0.0.0.0/0", "::/0"] },
  };
}
