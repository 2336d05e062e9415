import { didYouMean } from "../base/did-you-mean.ts";
import { clusterFile } from "../base/layout.ts";
import { error, type Issue } from "../issues/issue.ts";

/** A fleet without clusters. */
export const noClusters: Issue = error(
  "no-cluster",
  "there is no clusters/<cluster>/cluster.yaml here",
  "Run: overstack new cluster NAME, or go to the root of the fleet's repository.",
);

/** A name that is not one of the fleet's clusters. */
export function unknownCluster(name: string, names: readonly string[]): Issue {
  const near = didYouMean(name, names);
  return error(
    "no-cluster",
    `there is no ${clusterFile(name)}`,
    near !== undefined
      ? `Did you mean ${near}?`
      : names.length === 0
        ? noClusters.hint
        : `The clusters are: ${names.join(", ")}.`,
  );
}

/** A question that each cluster answers differently. */
export const whichCluster = (question: string, names: readonly string[]): Issue =>
  error(
    "no-cluster",
    `${question} depends on the cluster`,
    names.length === 0 ? noClusters.hint : `Say which: --cluster ${names.join(" | ")}`,
  );
