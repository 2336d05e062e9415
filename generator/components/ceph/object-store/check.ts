import { byKey } from "../../../base/data.ts";
import type { CheckInput } from "../../../contract/component.ts";
import { error, type Issue } from "../../../issues/issue.ts";
import type { Options } from "../options.ts";

/** Buckets that two users would have, or one of them twice: all users of the store's own name them in one space. */
export function* checkBuckets({ instance, options: { objectStore } }: CheckInput<Options>): Iterable<Issue> {
  const owners = new Map<string, string>();
  for (const [user, { buckets }] of Object.entries(objectStore?.users ?? {}).sort(byKey))
    for (const [index, bucket] of buckets.entries()) {
      const other = owners.get(bucket);
      if (other !== undefined)
        yield error(
          "conflicting-keys",
          other === user
            ? `${instance}: the bucket ${bucket} would be made twice for the user ${user}`
            : `${instance}: the bucket ${bucket} would be that of the user ${other} and of ${user}`,
          other === user ? "Remove one of the two." : "Give one of them another name: a bucket has one owner.",
          { path: ["objectStore", "users", user, "buckets", index] },
        );
      owners.set(bucket, other ?? user);
    }
}
