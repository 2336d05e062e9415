import { z } from "zod";
import type { Context } from "../../../contract/context.ts";
import { cephClient, cephConf, cephServers } from "../../../kit/ceph.ts";
import { cephUser, foundConf } from "../../../kit/storage.ts";
import type { StoreType } from "./store-type.ts";
import { volumeName } from "./volume-name.ts";

const client = cephClient({ pool: "images", user: "glance", whose: "Glance's" });
const schema = z.strictObject({
  type: z
    .literal("rbd")
    .describe(
      "Images as RBD volumes of a Ceph cluster. Cinder clones them without a copy; Nova does so where config sets show_image_direct_url.",
    ),
  monitors: client.monitors
    .optional()
    .describe("Addresses of the Ceph monitors. Default: the storage that Glance is connected to, uses.storage."),
  pool: client.pool,
  user: client.user.unwrap().optional().describe("With monitors: Ceph user, without `client.`. Default: glance."),
  secret: client.secret
    .optional()
    .describe("With monitors: Secret in Glance's namespace; its key `keyring` is the user's keyring file."),
});
export type RbdStore = z.output<typeof schema>;

const fileOf = (name: string): string => `${name}.ceph.conf`;
/** The same of storage outside that it is connected to. No store can be called so. */
export const confFile = fileOf("storage-outside");

/** What the store says of a Ceph cluster of its own; undefined where it lies in the storage that Glance is connected to. */
const own = ({ monitors, user = "glance", secret }: RbdStore) =>
  monitors === undefined ? undefined : { monitors, user, secret: secret! };

const access = (ctx: Context, name: string, store: RbdStore): { readonly conf: string; readonly user: string } => {
  const there = own(store);
  if (there !== undefined) return { conf: `/etc/glance/${fileOf(name)}`, user: there.user };
  const { account, instance } = ctx.connection("storage")!;
  return instance === undefined
    ? { conf: `/etc/glance/${confFile}`, user: account.name }
    : { conf: foundConf, user: cephUser(account) };
};

export const rbd = {
  schema,
  options: (name, store, ctx) => {
    const { conf, user } = access(ctx, name, store);
    return { rbd_store_ceph_conf: conf, rbd_store_pool: store.pool, rbd_store_user: user };
  },
  files: (name, store) => {
    const there = own(store);
    return there === undefined ? {} : { [fileOf(name)]: cephConf(there, `/etc/ceph/${name}/keyring`) };
  },
  mounts: (_, name, store) => {
    const there = own(store);
    return there === undefined
      ? {}
      : {
          volumes: [{ name: volumeName(name), secret: { secretName: there.secret, defaultMode: 0o440 } }],
          mounts: [{ name: volumeName(name), mountPath: `/etc/ceph/${name}`, readOnly: true }],
        };
  },
  secrets: (name, store) => {
    const there = own(store);
    return there === undefined
      ? []
      : [{ name: there.secret, keys: { keyring: "keyring" }, purpose: `keyring of the Ceph user of store ${name}` }];
  },
  servers: (store) => (own(store) === undefined ? [] : cephServers),
  pool: (store) => (own(store) === undefined ? store.pool : undefined),
  place: (store) => `rbd pool ${store.pool}${own(store) === undefined ? " of its storage" : ""}`,
} satisfies StoreType<RbdStore>;
