import { z } from "zod";
import { secretName } from "../../../contract/formats.ts";
import type { StoreType } from "./store-type.ts";
import { volumeName } from "./volume-name.ts";

const schema = z.strictObject({
  type: z
    .literal("rbd")
    .describe(
      "Images as RBD volumes of a Ceph cluster. Cinder clones them without a copy; Nova does so where config sets show_image_direct_url.",
    ),
  monitors: z
    .array(z.string().regex(/^[A-Za-z0-9.:[\]-]+$/, "host or host:port"))
    .min(1)
    .describe("Addresses of the Ceph monitors."),
  pool: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, "a pool name")
    .default("images")
    .describe("Pool."),
  user: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, "a user name without 'client.'")
    .default("glance")
    .describe("Ceph user, without `client.`."),
  secret: secretName.describe("Secret in Glance's namespace; its key `keyring` is the user's keyring file."),
});

const cephConf = (name: string): string => `${name}.ceph.conf`;

export const rbd = {
  schema,
  options: (name, store) => ({
    rbd_store_ceph_conf: `/etc/glance/${cephConf(name)}`,
    rbd_store_pool: store.pool,
    rbd_store_user: store.user,
  }),
  files: (name, store) => ({
    [cephConf(name)]: { global: { keyring: `/etc/ceph/${name}/keyring`, mon_host: store.monitors } },
  }),
  mounts: (_, name, store) => ({
    volumes: [{ name: volumeName(name), secret: { secretName: store.secret, defaultMode: 0o440 } }],
    mounts: [{ name: volumeName(name), mountPath: `/etc/ceph/${name}`, readOnly: true }],
  }),
  secrets: (name, store) => [
    { name: store.secret, keys: { keyring: "keyring" }, purpose: `keyring of the Ceph user of store ${name}` },
  ],
  // Monitors say where the other daemons are: https://docs.ceph.com/en/latest/rados/configuration/network-config-ref/
  servers: () => [{ host: undefined, ports: [3300, 6789, [6800, 7568]] }],
  place: (store) => `rbd pool ${store.pool}`,
} satisfies StoreType<z.output<typeof schema>>;
