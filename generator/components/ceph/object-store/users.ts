import type { Placed } from "../../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../../contract/secret.ts";
import { job } from "../../../kit/job.ts";
import { keepAnnotations, labels, objectName, placed, serviceHost } from "../../../kit/names.ts";
import { fromSecret } from "../../../kit/pod.ts";
import { canonicalQuantity } from "../../../kit/quantity.ts";
import { internalCa, speaksHttps } from "../../../kit/tls.ts";
import { apiVersion } from "../options.ts";
import { bucketProgram } from "./bucket-program.ts";
import { port, role, type StoreContext } from "./store.ts";

/** Job that makes the buckets. */
export const making = "buckets";

const userSecret = (instance: string, user: string): string => `${instance}-user-${user}`;

const usersOf = ({ options: { users } }: Pick<StoreContext, "options">) =>
  Object.keys(users)
    .sort()
    .map((name) => ({ name, ...users[name]! }));

/** Keys of each user: they come from Git, so that other clusters can have them too. */
export const userSecrets = (ctx: StoreContext): RequiredSecret[] =>
  usersOf(ctx).map(({ name }) => ({
    name: userSecret(ctx.instance, name),
    keys: { "access-key": { form: "text", length: 20 }, "secret-key": { form: "text", length: 40 } },
    purpose: `keys of the user ${name} of the object store`,
  }));

/** Users of the store's own. Rook gives them the keys of their Secrets, and takes all others from them. */
export const users = (ctx: StoreContext): Placed[] =>
  usersOf(ctx).map(({ name: user, quota }) => {
    const name = userSecret(ctx.instance, user);
    return placed("run", {
      apiVersion,
      kind: "CephObjectStoreUser",
      metadata: { name: user, labels: labels(ctx, role), annotations: { ...keepAnnotations } },
      spec: {
        displayName: user,
        keys: [{ accessKeyRef: { key: "access-key", name }, secretKeyRef: { key: "secret-key", name } }],
        ...(quota === undefined ? {} : { quotas: { maxSize: canonicalQuantity(quota) } }),
        store: ctx.instance,
      },
    });
  });

/** A bucket is made by who has it: each by its user. It waits for gateways and users. */
export function buckets(ctx: StoreContext): Placed[] {
  const owners = usersOf(ctx).filter((user) => user.buckets.length > 0);
  if (owners.length === 0) return [];
  return [
    job(ctx, making, {
      phase: "contract",
      connections: [],
      steps: [{ name: making, command: ["python3", "-c", bucketProgram] }],
      environment: [
        { name: "STORE_HOST", value: serviceHost(objectName(ctx, role), ctx.namespace, ctx.dns) },
        { name: "STORE_PORT", value: String(port) },
        ...(speaksHttps(ctx) ? [{ name: "STORE_CA", value: internalCa }] : []),
        { name: "BUCKETS", value: JSON.stringify(owners.map((user) => [...user.buckets].sort())) },
        ...owners.flatMap((user, index) =>
          ["access-key", "secret-key"].map((key) =>
            fromSecret(`${key.toUpperCase().replace("-", "_")}_${index}`, userSecret(ctx.instance, user.name), key),
          ),
        ),
      ],
    }),
  ];
}
