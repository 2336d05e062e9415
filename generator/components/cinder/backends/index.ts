import { z } from "zod";
import { byKey } from "../../../base/data.ts";
import type { BackendType } from "./backend-type.ts";
import { lvm } from "./lvm.ts";
import { nfs } from "./nfs.ts";
import { rbd } from "./rbd.ts";

/** Types of back ends by their word in cluster.yaml. */
export const backendTypes = { rbd, nfs, lvm } as const;

/**
 * Groups of Cinder's own options that a back end could be called like: its driver would register its options there. A test compares
 * them with those of the packages.
 */
const groupsOfOptions = [
  "audit",
  "barbican",
  "coordination",
  "cors",
  "database",
  "fc-zone-manager",
  "healthcheck",
  "nova",
  "profiler",
  "vault",
];

/** Where volumes lie: name -> back end. The name is in the host of every volume, and in names of objects. */
export const backendSchema = z
  .record(
    z
      .string()
      .max(15)
      .regex(
        new RegExp(`^(?!(${groupsOfOptions.join("|")})$)[a-z]([-a-z0-9]*[a-z0-9])?$`),
        "lower case letters, digits and inner '-', and no group of Cinder's options",
      ),
    z.discriminatedUnion("type", [rbd.schema, nfs.schema, lvm.schema]),
  )
  .default({})
  .describe(
    "Where volumes lie: name -> rbd, nfs or lvm. Without one the API answers, and no volume can be made: in development alone.",
  );

export type Backends = z.output<typeof backendSchema>;
export type Backend = Backends[string];

/** What the type of a back end says. */
export const typeOf = ({ type }: Pick<Backend, "type">): BackendType<Backend> =>
  backendTypes[type] as BackendType<Backend>;

/** Back ends in the order of their names. */
export const sorted = (backends: Backends): [string, Backend][] => Object.entries(backends).sort(byKey);
