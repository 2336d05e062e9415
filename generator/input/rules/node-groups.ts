import { byKey } from "../../base/data.ts";
import { showPath, showValue, suggestion } from "../../base/words.ts";
import type { Catalogue } from "../../contract/component.ts";
import { servedRoles } from "../../contract/node-roles.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { type NodeGroupSpec, selectorOf } from "../node-groups.ts";
import type { ClusterSpec } from "../spec.ts";
import { twice } from "./repeats.ts";
import { collidingWord } from "./reserved.ts";

/** Rules on groups of nodes, and on the networks that nodes are in. */
export function checkNodes(spec: ClusterSpec, catalogue: Catalogue): Issue[] {
  const groups = Object.entries(spec.nodeGroups ?? {}).sort(byKey);
  return [
    ...groups.flatMap(([name, group]) => [...checkName(name, catalogue), ...checkRoles(name, group, catalogue)]),
    ...groups.flatMap(([name, group], index) => [...checkSelector(name, group, groups.slice(0, index))]),
    ...groups.flatMap(([name, group]) => [...checkInterfaces(name, group)]),
    ...checkNetworks(spec),
  ];
}

function* checkName(name: string, catalogue: Catalogue): Iterable<Issue> {
  for (const component of catalogue.values()) {
    if (component.perNodeGroup === undefined) continue;
    const word = collidingWord(`${component.name}-${name}`, component);
    if (word === undefined) continue;
    yield error(
      "reserved-name",
      `${showValue(name)} cannot be the name of a node group: objects of ${component.name} have such names`,
      `Choose a name without "${word}" in that place.`,
      { path: ["nodeGroups", name], atKey: true },
    );
    return;
  }
}

function* checkRoles(name: string, { roles }: NodeGroupSpec, catalogue: Catalogue): Iterable<Issue> {
  const path = ["nodeGroups", name, "roles"];
  const known = [...new Set([...catalogue.values()].flatMap(servedRoles))];
  yield* twice(path, roles);
  for (const [index, role] of roles.entries())
    if (!known.includes(role))
      yield error(
        "unknown-node-role",
        `${showPath(path)} has ${showValue(role)}, which no component serves`,
        suggestion(role, known, "No component of this version runs on nodes: remove the group."),
        { path: [...path, index] },
      );
}

/** A node in two groups would run everything twice, and the second of each would find its ports and files taken. */
function* checkSelector(
  name: string,
  group: NodeGroupSpec,
  before: readonly (readonly [string, NodeGroupSpec])[],
): Iterable<Issue> {
  const own = selectorOf(name, group);
  const path = ["nodeGroups", name, ...(group.nodeSelector === undefined ? [] : ["nodeSelector"])];
  if (Object.keys(own).length === 0)
    yield error(
      "overlapping-node-groups",
      `${showPath(path)} names no label: it selects every node`,
      `Name a label that the nodes of ${name} carry, or remove nodeSelector.`,
      { path, atKey: true },
    );
  for (const [other, settings] of before) {
    const theirs = selectorOf(other, settings);
    const differs = Object.entries(own).some(([key, value]) => theirs[key] !== undefined && theirs[key] !== value);
    if (!differs)
      yield error(
        "overlapping-node-groups",
        `a node could be in ${other} and in ${name}: their selectors have no label with two values`,
        `Let both name the same label with a value of their own: nodeSelector: { example.org/group: ${name} }.`,
        { path, atKey: true },
      );
  }
}

/** An interface is in one bridge; VLANs of one can lead to several networks. */
function* checkInterfaces(name: string, { physicalNetworks = {} }: NodeGroupSpec): Iterable<Issue> {
  const known = new Map<string, string>();
  for (const [network, port] of Object.entries(physicalNetworks).sort(byKey)) {
    const other = known.get(port);
    known.set(port, network);
    if (other !== undefined)
      yield error(
        "shared-interface",
        `nodeGroups.${name}.physicalNetworks: ${port} would lead to ${other} and to ${network}`,
        "Give each its own interface, or make one network of the two, with VLANs.",
        { path: ["nodeGroups", name, "physicalNetworks", network], atKey: true },
      );
  }
}

function* checkNetworks({ kubernetes: { nodeNetworks } }: ClusterSpec): Iterable<Issue> {
  const path = ["kubernetes", "nodeNetworks"];
  yield* twice(path, nodeNetworks);
  for (const [index, network] of (nodeNetworks ?? []).entries())
    if (network.endsWith("/0"))
      yield error(
        "out-of-range",
        `${showPath(path)} has ${showValue(network)}, which is every address`,
        "Write the networks that the nodes' own addresses are in: everything there may connect to databases and brokers.",
        { path: [...path, index] },
      );
}
