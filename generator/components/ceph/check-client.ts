import { error, type Issue } from "../../issues/issue.ts";
import type { ClientOfAny } from "../../kit/ceph-client.ts";

/** What is wrong with a client of Ceph, which names a cluster of its own with all that it takes, or nothing of it. `what` is a name for it: `the store ceph`. */
export function* checkClientOfAny(
  instance: string,
  what: string,
  path: readonly string[],
  { monitors, user, secret, pool }: ClientOfAny,
): Iterable<Issue> {
  if (monitors !== undefined && secret === undefined)
    yield error(
      "missing-key",
      `${instance}: ${what} names monitors, and no secret with the keyring of its user`,
      "Write secret: the name of the Secret whose key keyring holds it.",
      { path },
    );
  if (monitors !== undefined) return;
  for (const [key, value] of Object.entries({ user, secret }))
    if (value !== undefined)
      yield error(
        "unused-key",
        `${instance}: ${key} of ${what} has no effect without monitors: the user and its key are those of the storage`,
        `Remove it, or write monitors. A Ceph cluster outside for the whole service is uses: { storage: { monitors: […] } }.`,
        { path: [...path, key], atKey: true },
      );
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(pool))
    yield error(
      "bad-name",
      `${instance}: ${what} would have the pool ${pool}, which no object of Kubernetes can be called`,
      "Choose lower case letters, digits and inner '-'.",
      { path: [...path, "pool"] },
    );
}
