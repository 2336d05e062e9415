import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { basesInventory, clusterFile, inventoryFile } from "../base/layout.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";
import type { Issue } from "../issues/issue.ts";
import { secretFilesOf } from "../secrets/files.ts";
import { type Disk, findInventories, readScopes } from "../tree/disk.ts";
import { statAt } from "../tree/stat.ts";
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
  /** Its files of Secrets, below their folder. */
  readonly secretFiles: readonly string[];
  /** Fingerprint of both, and of the generator. */
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
      const secretFiles = secretFilesOf(root, name);
      const all = Buffer.concat([text ?? Buffer.of(), Buffer.from(JSON.stringify(secretFiles))]);
      return { name, file, text, secretFiles, fingerprint: fingerprint(all), issues };
    });

/** Clusters that have a cluster.yaml, sorted; none where `clusters` is no folder, which whoever reads the inventories says in words. */
export const clusterNames = (root: string): string[] =>
  statSync(join(root, "clusters"), { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(join(root, "clusters"), { withFileTypes: true })
        .filter((entry) => entry.isSymbolicLink() || (entry.isDirectory() && hasClusterFile(root, entry.name)))
        .map(({ name }) => name)
        .sort()
    : [];

/** Also when it is a link that leads nowhere: that is refused in words, not passed over. */
const hasClusterFile = (root: string, name: string): boolean => statAt(root, clusterFile(name)) !== undefined;
