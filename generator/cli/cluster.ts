import { clusterFile } from "../base/layout.ts";
import { unknownCluster } from "../fleet/no-cluster.ts";
import { buildFrom, type Cluster } from "../fleet/one-cluster.ts";
import { clusterNames } from "../fleet/read.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import { hasErrors, type Issue } from "../issues/issue.ts";
import { secretFilesOf } from "../secrets/files.ts";

/** What a cluster.yaml without errors has become. */
export type Model = NonNullable<Cluster["model"]>;

/** A cluster of the fleet, built from its cluster.yaml; undefined when there is none of that name or it cannot be read. */
export function clusterOf(root: string, name: string): { cluster?: Cluster; issues: readonly Issue[] } {
  const names = clusterNames(root);
  if (!names.includes(name)) return { issues: [unknownCluster(name, names)] };
  const file = clusterFile(name);
  const { value, issues } = readClusterFile(root, file);
  if (value === undefined) return { issues };
  const cluster = buildFrom({ file, name, text: value, secretFiles: secretFilesOf(root, name) });
  return { cluster, issues: cluster.issues };
}

/** A cluster whose cluster.yaml is right; that Secrets are missing is no news to the commands about Secrets. */
export function readyCluster(root: string, name: string): { cluster?: Cluster; issues: readonly Issue[] } {
  const { cluster, issues } = clusterOf(root, name);
  return cluster?.model === undefined || hasErrors(issues) ? { issues } : { cluster, issues };
}
