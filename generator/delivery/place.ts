import type { ClusterSpec } from "../input/spec.ts";

/** Where a path of the fleet lies in the repository that the engine reads. */
export const inRepository = (spec: ClusterSpec, path: string): string => [...foldersOf(spec), path].join("/");

/** Folders above the fleet, from the repository's root: `infra`, `cloud`. None where the fleet is the repository. */
export const foldersOf = ({ delivery: { path = "." } }: ClusterSpec): readonly string[] =>
  path === "." ? [] : path.split("/");
