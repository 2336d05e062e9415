import { z } from "zod";
import type { Context } from "../../../contract/context.ts";
import { cephConf, cephServers, keyringOf, type NamedClient } from "../../../kit/ceph.ts";
import { accessOf, clientOfAny, ownCluster, poolNames } from "../../../kit/ceph-client.ts";
import { nameUuid } from "../../../kit/name-uuid.ts";
import type { VolumeKey } from "../../../kit/volume-keys.ts";
import type { BackendType } from "./backend-type.ts";

const schema = z.strictObject({
  type: z.literal("rbd").describe("Volumes as RBD images of a Ceph cluster; several replicas serve it at once."),
  ...clientOfAny({ pool: "volumes", user: "cinder", service: "Cinder" }),
  images: poolNames
    .optional()
    .describe("Without monitors: pools of images that volumes are clones of. Default: [images], Glance's."),
});
type Rbd = z.output<typeof schema>;

const cephConfOf = (name: string): string => `${name}.ceph.conf`;
/** The same of storage outside that Cinder is connected to. It is longer than the name of a back end may be. */
export const outsideConf = cephConfOf("cinder-storage-outside");

const own = (backend: Rbd) => ownCluster(backend, "cinder");

/** Where its volumes are, and who asks for them. */
const access = (ctx: Context, name: string, backend: Rbd) =>
  accessOf(ctx, own(backend), { own: `/etc/cinder/${cephConfOf(name)}`, outside: `/etc/cinder/${outsideConf}` });

/** Keys of a back end, two while its user changes: attached volumes go on with the one that they began with. */
function keys(name: string, backend: Rbd, { suffix, connections }: Asked): VolumeKey[] {
  const there = own(backend);
  if (there !== undefined) return [{ uuid: secretUuid(`${name}${suffix}`), secret: there.secret, isFound: false }];
  return connections
    .filter(({ need }) => need.kind === "storage")
    .flatMap(({ accounts, instance }) =>
      accounts.map(({ secret, mark }) => ({
        uuid: secretUuid(`${name}${suffix}${mark}`),
        ...{ secret, isFound: instance !== undefined },
      })),
    );
}
type Asked = Pick<Context, "connections" | "suffix">;

/** os-brick looks for the keyring of a user in a file that is called after the cluster and the user. */
const client = (ctx: Context, name: string, backend: Rbd): NamedClient => [
  name,
  own(backend) ?? { user: access(ctx, name, backend).user, secret: ctx.connection("storage")!.account.secret },
];

/** UUID of the key that volumes are attached with from now on. */
const uuidOf = (ctx: Context, name: string, backend: Rbd): string =>
  secretUuid(
    `${name}${ctx.owner?.suffix ?? ""}${own(backend) === undefined ? ctx.connection("storage")!.account.mark : ""}`,
  );

/**
 * Name of a back end's key in libvirt on compute hosts, which both sides know without asking Ceph. Attached volumes remember it:
 * https://docs.ceph.com/en/latest/rbd/libvirt/
 */
const secretUuid = (name: string): string => nameUuid(`overstack back end ${name}`);

export const rbd = {
  schema,
  options: (name, backend, ctx) => {
    const { conf, user } = access(ctx, name, backend);
    return {
      volume_driver: "cinder.volume.drivers.rbd.RBDDriver",
      rbd_ceph_conf: conf,
      rbd_cluster_name: name,
      rbd_pool: backend.pool,
      rbd_secret_uuid: uuidOf(ctx, name, backend),
      rbd_user: user,
    };
  },
  files: (name, backend) => {
    const there = own(backend);
    return there === undefined ? {} : { [cephConfOf(name)]: cephConf(there, keyringOf([name, there])) };
  },
  ceph: (name, backend, ctx) => [client(ctx, name, backend)],
  secrets: (name, backend) => {
    const there = own(backend);
    return there === undefined
      ? []
      : [{ name: there.secret, keys: { keyring: "keyring" }, purpose: `keyring of the Ceph user of back end ${name}` }];
  },
  keys,
  servers: (backend) => (own(backend) === undefined ? [] : cephServers),
  pools: (backend) =>
    own(backend) === undefined ? { write: backend.pool, read: backend.images ?? ["images"] } : undefined,
  place: (backend) => `rbd pool ${backend.pool}${own(backend) === undefined ? " of its storage" : ""}`,
  at: ({ monitors = [] }) => [...monitors].sort().join(","),
} satisfies BackendType<Rbd>;
