import { createHash } from "node:crypto";
import { byKey } from "../../base/data.ts";
import type { Context, NodeGroup } from "../../contract/context.ts";

/** A bridge of the node between a physical network and OVN's own bridge. */
interface Bridge {
  readonly network: string;
  readonly bridge: string;
  readonly interface: string;
}

/** Bridges of a group of nodes; none in a base, which knows no nodes. */
export const bridgesOf = ({ nodeGroup }: Pick<Context, "nodeGroup">): Bridge[] =>
  Object.entries(nodeGroup?.physicalNetworks ?? ({} as NodeGroup["physicalNetworks"]))
    .sort(byKey)
    .map(([network, port]) => ({ network, bridge: bridgeName(network), interface: port }));

/** A name of an interface has at most 15 characters: a longer one is a hash. */
function bridgeName(network: string): string {
  const plain = `br-${network}`;
  return plain.length <= 15 ? plain : `br-${createHash("sha256").update(network).digest("hex").slice(0, 12)}`;
}
