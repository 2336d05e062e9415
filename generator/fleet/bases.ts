import { basesInventory } from "../base/layout.ts";
import type { Catalogue } from "../contract/component.ts";
import type { Release } from "../contract/release.ts";
import { error, type Issue } from "../issues/issue.ts";
import type { BaseLibrary } from "../render/cluster.ts";
import { schemaFile, schemaText } from "../scaffold/schema.ts";
import { type Disk, isIntact } from "../tree/disk.ts";
import type { Plan } from "../tree/plan.ts";
import type { Scope } from "../tree/tree.ts";
import { basesFingerprint, type Memory } from "./memory.ts";

/** What all clusters share: the bases of these directories, and the schema for editors. */
export function basesScope(used: ReadonlySet<string>, catalogue: Catalogue, library: BaseLibrary): Scope {
  const files = [...used].sort().flatMap((directory) => {
    const [, release, name] = directory.split("/");
    const component = catalogue.get(name!);
    return component === undefined ? [] : [...library(release as Release, component).files];
  });
  return {
    name: "bases",
    inventory: basesInventory,
    files: new Map([...files, [schemaFile, schemaText(catalogue)] as const]),
  };
}

/** Directories of bases that earlier runs wrote: clusters that this run leaves alone may be using them. */
export const basesOn = ({ inventories }: Disk): string[] =>
  [...(inventories.get(basesInventory)?.files.keys() ?? [])]
    .filter((path) => path.startsWith("bases/"))
    .map((path) => path.split("/").slice(0, 3).join("/"));

/** True when the bases are those that the last run left. */
export function areCurrent(used: ReadonlySet<string>, disk: Disk, memory: Memory): boolean {
  const found = disk.found.get(basesInventory);
  return (
    found?.kind === "file" && memory.bases === basesFingerprint(used, found.digest) && isIntact(disk, basesInventory)
  );
}

/** Overlays are computed against their bases: a base must not change under those that this run leaves alone. */
export const sharedBases = ({ writes, deletes }: Plan): Issue[] =>
  [...writes, ...deletes]
    .filter(({ path, before }) => path.startsWith("bases/") && before !== undefined)
    .slice(0, 1)
    .map(({ path }) =>
      error(
        "shared-bases",
        `${path} would change, and clusters that were not named use it`,
        "Run without names: overstack generate.",
      ),
    );
