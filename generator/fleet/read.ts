import { readdirSync } from "node:fs";
import { join } from "node:path";
import { basesInventory, clusterFile, inventoryFile, versionsFile } from "../base/layout.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import { type Checked, hasErrors, type Issue } from "../issues/issue.ts";
import { secretFilesOf } from "../secrets/files.ts";
import { type Disk, findInventories, readScopes } from "../tree/disk.ts";
import { isFolder, statAt } from "../tree/stat.ts";
import { fingerprint, type Memory, noMemory, readMemory } from "./memory.ts";

/** A fleet as the last run left it. */
export interface Before {
  readonly root: string;
  /** Clusters that have a cluster.yaml, sorted. */
  readonly clusters: readonly string[];
  /** Paths of all inventories, also of clusters that are gone. */
  readonly inventories: readonly string[];
  readonly disk: Disk;
  readonly memory: Memory;
  readonly issues: readonly Issue[];
}

/** Reads what the last run left; with `everything`, nothing that earlier runs knew is believed. */
export function readDisk(root: string, everything = false): Before {
  const clusters = clusterNames(root);
  const { value: inventories = [], issues } = findInventories(root);
  const disk = readScopes(root, [...new Set([basesInventory, ...inventories, ...clusters.map(inventoryFile)])]);
  return { root, clusters, inventories, disk, memory: everything ? noMemory : readMemory(root), issues };
}

/** What one cluster is built from. */
export interface Input {
  readonly name: string;
  readonly file: string;
  /** Its cluster.yaml; undefined where that cannot be read. */
  readonly text: Uint8Array | undefined;
  /** Its versions.yaml, where there is one. */
  readonly versions: Uint8Array | undefined;
  /** Its files of Secrets, below their folder. */
  readonly secretFiles: readonly string[];
  /** Fingerprint of all of them, and of the generator. */
  readonly fingerprint: string;
  readonly issues: readonly Issue[];
}

/** Reads the cluster.yaml of the clusters that are asked for, and the names of their Secrets. */
export const readInputs = ({ root, clusters }: Before, only: readonly string[] | undefined): Input[] =>
  clusters
    .filter((name) => only === undefined || only.includes(name))
    .map((name) => {
      const file = clusterFile(name);
      const { value: text, issues } = readClusterFile(root, file);
      const { value: versions, issues: ofVersions } = readVersions(root, name);
      const secretFiles = secretFilesOf(root, name);
      const all = Buffer.concat([
        text ?? Buffer.of(),
        Buffer.from(JSON.stringify(secretFiles)),
        ...(versions === undefined ? [] : [versions]),
      ]);
      const own = { secretFiles, versions, fingerprint: fingerprint(all) };
      return { name, file, text: hasErrors(ofVersions) ? undefined : text, ...own, issues: [...issues, ...ofVersions] };
    });

/** The versions.yaml of a cluster; undefined where there is none, or where an issue says why it is not read. */
export function readVersions(root: string, name: string): Checked<Uint8Array> {
  const file = versionsFile(name);
  return statAt(root, file) === undefined ? { value: undefined, issues: [] } : readClusterFile(root, file);
}

/** Clusters that have a cluster.yaml, sorted; none where `clusters` is no folder, which whoever reads the inventories says in words. */
export const clusterNames = (root: string): string[] =>
  isFolder(join(root, "clusters"))
    ? readdirSync(join(root, "clusters"), { withFileTypes: true })
        .filter((entry) => entry.isSymbolicLink() || (entry.isDirectory() && hasClusterFile(root, entry.name)))
        .map(({ name }) => name)
        .sort()
    : [];

/** Also when it is a link that leads nowhere: that is refused in words, not passed over. */
const hasClusterFile = (root: string, name: string): boolean => statAt(root, clusterFile(name)) !== undefined;
