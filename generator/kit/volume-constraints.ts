import type { DataConstraint } from "../contract/component.ts";
import { bytes } from "./quantity.ts";

/**
 * A volume in use: it can grow, and never change its class:
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
 * `byHand`: what makes it grow where an edit does not.
 */
export const volumeConstraints = (
  what: string,
  size: string,
  storageClass: string | undefined,
  byHand?: string,
): DataConstraint[] => [
  {
    key: `${what} size`,
    value: bytes(size) ?? 0,
    shown: size,
    rule: "grow",
    what: `the volume of ${what}`,
    consequence: "A volume cannot shrink: make a new instance with smaller volumes and move the data.",
    ...(byHand === undefined ? {} : { byHand }),
  },
  {
    key: `${what} class`,
    value: storageClass ?? "",
    shown: storageClass ?? "the default",
    rule: "fixed",
    what: `the StorageClass of ${what}`,
    consequence: "A volume keeps its class: make a new instance and move the data.",
  },
];
