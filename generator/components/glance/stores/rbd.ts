import { z } from "zod";
import { cephClient, cephConf, cephServers } from "../../../kit/ceph.ts";
import type { StoreType } from "./store-type.ts";
import { volumeName } from "./volume-name.ts";

const schema = z.strictObject({
  type: z
    .literal("rbd")
    .describe(
      "Images as RBD volumes of a Ceph cluster. Cinder clones them without a copy; Nova does so where config sets show_image_direct_url.",
    ),
  ...cephClient({ pool: "images", user: "glance", whose: "Glance's" }),
});

const fileOf = (name: string): string => `${name}.ceph.conf`;

export const rbd = {
  schema,
  options: (name, store) => ({
    rbd_store_ceph_conf: `/etc/glance/${fileOf(name)}`,
    rbd_store_pool: store.pool,
    rbd_store_user: store.user,
  }),
  files: (name, store) => ({ [fileOf(name)]: cephConf(store, `/etc/ceph/${name}/keyring`) }),
  mounts: (_, name, store) => ({
    volumes: [{ name: volumeName(name), secret: { secretName: store.secret, defaultMode: 0o440 } }],
    mounts: [{ name: volumeName(name), mountPath: `/etc/ceph/${name}`, readOnly: true }],
  }),
  secrets: (name, store) => [
    { name: store.secret, keys: { keyring: "keyring" }, purpose: `keyring of the Ceph user of store ${name}` },
  ],
  servers: () => cephServers,
  place: (store) => `rbd pool ${store.pool}`,
} satisfies StoreType<z.output<typeof schema>>;
