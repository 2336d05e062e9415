import { clusterFile, inventoryFile } from "../base/layout.ts";
import { unknownCluster } from "../fleet/no-cluster.ts";
import { buildFrom, type Cluster } from "../fleet/one-cluster.ts";
import { clusterNames, readVersions } from "../fleet/read.ts";
import { recordedOf } from "../fleet/recorded.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import { type Checked, hasErrors, type Issue } from "../issues/issue.ts";
import type { RecordedState } from "../model/living.ts";
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
  const { value: versions, issues: unreadVersions } = readVersions(root, name);
  if (hasErrors(unreadVersions)) return { issues: unreadVersions };
  const { value: before, issues: unrecorded } = recordedIn(root, name);
  if (hasErrors(unrecorded)) return { issues: unrecorded };
  const own = { versions, secretFiles: secretFilesOf(root, name), recorded: before?.instances };
  const cluster = buildFrom({ file, name, text: value, ...own });
  return { cluster, issues: cluster.issues };
}

/** What the last run recorded of a cluster. */
export function recordedIn(root: string, name: string): Checked<RecordedState> {
  const disk = readScopes(root, [inventoryFile(name)]);
  return hasErrors(disk.issues) ? { value: undefined, issues: disk.issues } : recordedOf(disk, name);
}

/** A cluster whose cluster.yaml is right. Missing Secrets are not reported: the commands about Secrets do that themselves. */
export function readyCluster(root: string, name: string): { cluster?: Cluster; issues: readonly Issue[] } {
  const { cluster, issues } = clusterOf(root, name);
  return cluster?.model === undefined || hasErrors(issues) ? { issues } : { cluster, issues };
}
