import { mayOwn } from "./ownership.ts";
import { foldersAbove, safePath } from "./paths.ts";

/** The files of the fleet's repository in memory: path relative to the root (forward slashes) -> text. */
export type Tree = ReadonlyMap<string, string>;

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The generated files that belong together: those of one cluster, or the bases that clusters share. Without files the scope is to disappear, its inventory too. */
export interface Scope {
  /** For messages: the cluster's name, or `bases`. */
  readonly name: string;
  /** Path of the inventory, relative to the root: `clusters/<cluster>/inventory.json`. */
  readonly inventory: string;
  readonly files: Tree;
  /** What later runs want to know about this one; kept in the inventory. */
  readonly facts?: Json;
}

/** All files of the scopes. Throws when two of them cannot exist together: that is a bug, for each scope has its own folders. */
export function union(scopes: readonly Scope[]): Tree {
  const wanted = new Map<string, string>();
  const taken = new Set<string>();
  const take = (path: string, name: string) => {
    if (taken.has(path)) throw new Error(`${path}, wanted by the scope ${name}, is wanted twice`);
    taken.add(path);
  };
  for (const { name, files, inventory } of scopes) {
    const isOurs = mayOwn(inventory);
    take(safePath(inventory), name);
    for (const [path, text] of files) {
      take(path, name);
      if (!isOurs(path)) throw new Error(`${safePath(path)} does not lie where the scope ${name} may write`);
      wanted.set(path, text);
    }
  }
  const folders = foldersAbove(taken);
  for (const path of taken) if (folders.has(path)) throw new Error(`${path} is wanted both as a file and as a folder`);
  return wanted;
}
