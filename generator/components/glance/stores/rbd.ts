import { z } from "zod";
import type { Context } from "../../../contract/context.ts";
import { cephConf, cephServers } from "../../../kit/ceph.ts";
import { accessOf, clientOfAny, ownCluster } from "../../../kit/ceph-client.ts";
import type { StoreType } from "./store-type.ts";
import { volumeName } from "./volume-name.ts";

const schema = z.strictObject({
  type: z
    .literal("rbd")
    .describe(
      "Images as RBD volumes of a Ceph cluster. Cinder and Nova clone them without a copy where config sets show_image_direct_url.",
    ),
  ...clientOfAny({ pool: "images", user: "glance", service: "Glance" }),
});
type RbdStore = z.output<typeof schema>;

const fileOf = (name: string): string => `${name}.ceph.conf`;
/** The same of storage outside that it is connected to. No store can be called so. */
export const confFile = fileOf("storage-outside");

const own = (store: RbdStore) => ownCluster(store, "glance");

const access = (ctx: Context, name: string, store: RbdStore) =>
  accessOf(ctx, own(store), { own: `/etc/glance/${fileOf(name)}`, outside: `/etc/glance/${confFile}` });

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
