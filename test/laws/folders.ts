import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { keptBuilds } from "../tools/kept-builds.ts";
import type { KubernetesObject } from "../tools/kustomize.ts";
import { work } from "../tools/work.ts";
import type { Rendered } from "./cases.ts";

/** Clusters on disk, as the delivery engines find them: bases once, overlays of the cluster that was written last. */
export interface Folder {
  readonly root: string;
  /** Writes the files of a cluster and of the bases it uses. */
  write(cluster: Rendered): void;
  /** Writes single files, over what is there. */
  writeAll(files: Iterable<readonly [path: string, text: string]>): void;
  /** What Kustomize makes of directories, by directory. */
  build(directories: readonly string[]): Promise<Map<string, KubernetesObject[]>>;
  remove(): void;
}

/** An empty folder below the system's temporary directory. */
export function emptyFolder(): Folder {
  const root = mkdtempSync(join(tmpdir(), "overstack-laws-"));
  const writeAll = (files: Iterable<readonly [string, string]>): void => {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  return {
    root,
    writeAll,
    write: ({ rendered }) => {
      rmSync(join(root, "overlays"), { recursive: true, force: true });
      for (const { directory, files } of rendered.bases) if (!existsSync(join(root, directory))) writeAll(files);
      writeAll(rendered.files);
    },
    build: (directories) => {
      work.builds += directories.length;
      return keptBuilds(root, directories);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
