import { catalogue } from "../components/index.ts";
import { explainPath, renderExplanation } from "../explain/explain.ts";
import { whichCluster } from "../fleet/no-cluster.ts";
import { clusterNames } from "../fleet/read.ts";
import { clusterOf } from "./cluster.ts";
import type { Result, Setting } from "./command.ts";

/** What a key means, and where a cluster's value comes from; without a name, that of the fleet's only cluster. */
export function explain({ root }: Setting, path = "", name?: string): Result {
  const names = clusterNames(root);
  const chosen = name ?? (names.length === 1 ? names[0] : undefined);
  if (chosen === undefined && path === "secrets") return { issues: [whichCluster("which Secrets must exist", names)] };
  const { cluster, issues: clusterIssues } = chosen === undefined ? { issues: [] } : clusterOf(root, chosen);
  if (chosen !== undefined && cluster === undefined) return { issues: clusterIssues };
  const { value, issues } = explainPath(path, catalogue, cluster);
  const all = [...clusterIssues, ...issues];
  return value === undefined
    ? { issues: all }
    : { issues: all, data: value, text: renderExplanation(value) + hint(chosen, names) };
}

const hint = (chosen: string | undefined, names: readonly string[]): string =>
  chosen === undefined && names.length > 1 ? `\nFor a cluster's value: --cluster ${names.join(" | ")}\n` : "";
