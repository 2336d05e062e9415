import { stringify } from "yaml";
import type { Data } from "./clusters.ts";

/** The text of a cluster.yaml. */
export const textOf = (data: Data): string =>
  stringify(data, { aliasDuplicateObjects: false, compat: "yaml-1.1", lineWidth: 0 });
