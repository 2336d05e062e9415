import { located } from "../input/yaml/positions.ts";
import { error, type Issue } from "../issues/issue.ts";
import type { Cluster } from "./one-cluster.ts";

/**
 * A cluster with what is to be said of where its fleet lies: the engine looks for it where `delivery.path` says. Only a
 * warning for a cluster that lives, which then is delivered from another repository, and where the path was written.
 */
export function withPlace(cluster: Cluster, path: string | undefined, lives: boolean): Cluster {
  if (cluster.model === undefined || path === undefined) return cluster;
  const { delivery, file } = cluster.model.spec;
  if (delivery.path === "." || (delivery.path ?? "") === path) return cluster;
  const severity = lives || delivery.path !== undefined ? "warning" : "error";
  const said = delivery.path === undefined ? "its root" : delivery.path;
  const issue: Issue = {
    ...error(
      "fleet-in-folder",
      `the fleet lies in ${path === "" ? "the root" : path} of its repository, and the engine would look for it in ${said}`,
      `Write delivery: { path: ${path === "" ? "." : path} }. If the engine reads another repository, with the fleet at its root: path: "."`,
      { file, path: delivery.path === undefined ? ["delivery"] : ["delivery", "path"] },
    ),
    severity,
  };
  return { ...cluster, issues: [...cluster.issues, located(cluster.source, issue)] };
}
