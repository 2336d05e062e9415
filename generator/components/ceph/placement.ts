import { byKey } from "../../base/data.ts";

/** Nodes that bear these labels, as Rook takes them. */
export function nodesWith(labels: Readonly<Record<string, string>>): object {
  const matchExpressions = Object.entries(labels)
    .sort(byKey)
    .map(([key, value]) => ({ key, operator: "In", values: [value] }));
  return matchExpressions.length === 0
    ? {}
    : {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
      };
}
