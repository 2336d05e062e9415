import { clusterFile, inventoryFile } from "../base/layout.ts";
import { unknownCluster } from "../fleet/no-cluster.ts";
import { buildFrom, type Cluster } from "../fleet/one-cluster.ts";
import { clusterNames } from "../fleet/read.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import { hasErrors, type Issue } from "../issues/issue.ts";
import type { RecordedState } from "../model/living.ts";
import type { Recorded } from "../model/model.ts";
import { secretFilesOf } from "../secrets/files.ts";
import { readScopes } from "../tree/disk.ts";

/** What a cluster.yaml without errors has become. */
export type Model = NonNullable<Cluster["model"]>;

/** A cluster of the fleet, built from its cluster.yaml; undefined when there is none of that name or it cannot be read. */
export function clusterOf(root: string, name: string): { cluster?: Cluster; issues: readonly Issue[] } {
  const names = clusterNames(root);
  if (!names.includes(name)) return { issues: [unknownCluster(name, names)] };
  const file = clusterFile(name);
  const { value, issues } = readClusterFile(root, file);
  if (value === undefined) return { issues };
  const own = { secretFiles: secretFilesOf(root, name), recorded: recordedIn(root, name) };
  const cluster = buildFrom({ file, name, text: value, ...own });
  return { cluster, issues: cluster.issues };
}

/** What the last run recorded of a cluster's instances. */
export const recordedIn = (root: string, name: string): Recorded | undefined =>
  (readScopes(root, [inventoryFile(name)]).inventories.get(inventoryFile(name))?.facts as RecordedState | undefined)
    ?.instances;

/** A cluster whose cluster.yaml is right. Missing Secrets are not reported: the commands about Secrets do that themselves. */
export function readyCluster(root: string, name: string): { cluster?: Cluster; issues: readonly Issue[] } {
  const { cluster, issues } = clusterOf(root, name);
  return cluster?.model === undefined || hasErrors(issues) ? { issues } : { cluster, issues };
}
