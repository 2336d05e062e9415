import { kindOf } from "../connections/index.ts";
import type { Need } from "../contract/connection.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Draft, Report } from "./draft.ts";
import { deciderOf } from "./family.ts";
import type { Recorded } from "./model.ts";

/**
 * Connections to servers outside that would be plain text although nobody said so, in production. An error for what is new. A
 * warning for what already runs so: where the inventory records the server, and of a kind that it does not record, the instance.
 */
export function checkOutside(
  name: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
  before: Recorded,
  report: Report,
): void {
  if (spec.profile !== "production") return;
  for (const need of drafts.get(name)!.needs) {
    if (need.from === "owner") continue;
    const decider = drafts.get(deciderOf(need.kind, name, drafts))!.spec;
    const used = decider.service.uses?.[need.kind];
    if (typeof used !== "object" || (used as { tls?: unknown }).tls !== undefined) continue;
    const [host] = kindOf(need.kind).reach(used).members;
    report(
      [...decider.path, "uses", need.kind],
      "plain-outside",
      `${decider.name} would speak plain text to ${kindOf(need.kind).title} outside, ${host}`,
      wayOut(need),
      runsSo(name, need, host!, before) ? "warning" : "error",
    );
  }
}

const runsSo = (name: string, { kind, name: place }: Need, host: string, before: Recorded): boolean =>
  kindOf(kind).move === undefined ? before[name] !== undefined : before[name]?.providers[`${kind} ${place}`] === host;

const wayOut = ({ kind }: Need): string => {
  const plain = "If plain text is wanted, write tls: none.";
  const { encrypts } = kindOf(kind);
  return encrypts !== undefined
    ? `Write tls: ${encrypts}. ${plain}`
    : `Its clients cannot encrypt: keep the way to it inside a network that you trust. ${plain}`;
};
