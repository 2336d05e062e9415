import type { Pool } from "./options.ts";

/** A pool that keeps whole copies, as Rook takes it in all its objects; `parameters` are those of Ceph besides. */
export const inCopies = (
  { size, minSize, failureDomain, deviceClass }: Pool,
  parameters: Readonly<Record<string, string>> = {},
): object => ({
  ...(deviceClass === undefined ? {} : { deviceClass }),
  failureDomain,
  parameters: { ...parameters, min_size: String(minSize) },
  replicated: { requireSafeReplicaSize: size > 1, size },
});
