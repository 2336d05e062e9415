import { z } from "zod";
import type { Context } from "../contract/context.ts";
import type { OwnPool } from "../contract/pools.ts";
import { type CephClient, cephClient } from "./ceph.ts";
import { cephUser, foundConf } from "./storage.ts";

// A client of Ceph that names a cluster of its own (monitors, user, secret), or lies in the storage that its instance is connected to.

/** What such a client says: the keys of an option. `service` is in the sentences. */
export const clientOfAny = ({
  pool,
  user,
  service,
}: {
  readonly pool: string;
  readonly user: string;
  readonly service: string;
}) => {
  const keys = cephClient({ pool, user, whose: `${service}'s` });
  return {
    monitors: keys.monitors
      .optional()
      .describe(`Addresses of the Ceph monitors. Default: the storage that ${service} is connected to, uses.storage.`),
    pool: keys.pool,
    user: keys.user.unwrap().optional().describe(`With monitors: Ceph user, without \`client.\`. Default: ${user}.`),
    secret: keys.secret
      .optional()
      .describe(`With monitors: Secret in ${service}'s namespace; its key \`keyring\` is the user's keyring file.`),
  };
};

/** Pools of the storage, which are objects of Kubernetes there. */
export const poolNames = z.array(
  z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "lower case letters, digits and inner '-'"),
);

/** The values of these keys. */
export interface ClientOfAny extends Pick<CephClient, "pool"> {
  readonly monitors?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly secret?: string | undefined;
}

/** What it says of a cluster of its own; undefined where it lies in the storage. */
export const ownCluster = <C extends ClientOfAny>(client: C, user: string): CephClient | undefined =>
  client.monitors === undefined
    ? undefined
    : { pool: client.pool, monitors: client.monitors, user: client.user ?? user, secret: client.secret! };

/**
 * Path of the ceph.conf of a client, and its user. `paths` are those of files that the instance has: for the cluster of the client's own, and for
 * the storage that it is connected to, where that is no instance of this cluster.
 */
export function accessOf(
  ctx: Context,
  own: Pick<CephClient, "user"> | undefined,
  paths: { readonly own: string; readonly outside: string },
): { readonly conf: string; readonly user: string } {
  if (own !== undefined) return { conf: paths.own, user: own.user };
  const { account, instance } = ctx.connection("storage")!;
  return instance === undefined
    ? { conf: paths.outside, user: account.name }
    : { conf: foundConf, user: cephUser(account) };
}

/** The pool of a client that names its Ceph cluster by monitors; the others' is said by their connection. */
export const poolOutside = ({
  monitors,
  pool,
}: {
  readonly monitors?: readonly string[] | undefined;
  readonly pool: string;
}): OwnPool[] => (monitors === undefined ? [] : [{ servers: monitors, pool }]);
