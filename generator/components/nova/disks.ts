import { z } from "zod";
import type { DataConstraint } from "../../contract/component.ts";
import type { Ini } from "../../contract/configuration.ts";
import type { Need } from "../../contract/connection.ts";
import type { Context } from "../../contract/context.ts";
import type { Server } from "../../contract/destination.ts";
import type { OwnPool } from "../../contract/pools.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { cephConf, cephServers, keyringOf, keyringVolume, type NamedClient } from "../../kit/ceph.ts";
import { accessOf, clientOfAny, ownCluster, poolNames, poolOutside } from "../../kit/ceph-client.ts";
import { nameUuid } from "../../kit/name-uuid.ts";
import { confOutside, storageFiles, storageNeed } from "../../kit/storage.ts";
import type { VolumeKey } from "../../kit/volume-keys.ts";
import type { Extras } from "../../kit/workload.ts";
import { checkClientOfAny } from "../ceph/check-client.ts";

// Where the disks of servers lie that are no volumes: on their host, or in a pool of Ceph that all hosts reach.

const rbd = z.strictObject({
  type: z.literal("rbd").describe("Disks as RBD images of a Ceph cluster, which all hosts reach."),
  ...clientOfAny({ pool: "vms", user: "nova", service: "nova-compute" }),
  images: poolNames
    .optional()
    .describe("Without monitors: pools of images that disks are clones of. Default: [images], Glance's."),
});
const host = z.strictObject({ type: z.literal("host").describe("Disks as files of the host, below /var/lib/nova.") });

/** Where disks of servers lie. */
export const disks = z
  .discriminatedUnion("type", [rbd, host])
  .describe("Where disks of servers lie that are no volumes: host or rbd.");
export const disksOfHosts = disks.default({ type: "host" });

export type Disks = z.output<typeof disks>;
type Rbd = z.output<typeof rbd>;
interface Options {
  readonly disks: Disks;
}

/** What is said of disks on Ceph; nothing where they lie on hosts. */
const onCeph = <T>({ disks }: Options, say: (disks: Rbd) => T): T | undefined =>
  disks.type === "rbd" ? say(disks) : undefined;

const own = (disks: Rbd) => ownCluster(disks, "nova");

/** Name of the file with the monitors, in the directory of Nova's configuration. */
const confFile = "disks.ceph.conf";
const access = (ctx: Context, disks: Rbd) =>
  accessOf(ctx, own(disks), { own: `/etc/nova/${confFile}`, outside: `/etc/nova/${confFile}` });
const client = (disks: Rbd): NamedClient[] => {
  const there = own(disks);
  return there === undefined ? [] : [["disks", there]];
};

/** The connection to the storage, where they lie there: a user who writes to their pool, and reads the pools of images. */
export const diskNeeds = (options: Options): Need[] =>
  onCeph(options, (disks) => {
    const read = (disks.images ?? ["images"]).map((pool): [string, "read"] => [pool, "read"]);
    return own(disks) === undefined
      ? [storageNeed("nova_compute", { ...Object.fromEntries(read), [disks.pool]: "write" })]
      : [];
  }) ?? [];

/** Keys that libvirt opens them with: two while the user changes, since a server goes on with the one that it was started with. */
export const diskKeys = (ctx: Context<Options>): VolumeKey[] =>
  onCeph(ctx.options, (disks) => {
    const there = own(disks);
    if (there !== undefined) return [{ uuid: uuidOf(ctx), secret: there.secret, isFound: false }];
    const { accounts, instance } = ctx.connection("storage")!;
    return accounts.map(({ secret, mark }) => ({ uuid: uuidOf(ctx, mark), secret, isFound: instance !== undefined }));
  }) ?? [];

/** Name of a key in libvirt, which servers remember until they are stopped. */
const uuidOf = ({ suffix }: Pick<Context, "suffix">, mark = ""): string => nameUuid(`overstack disks ${suffix}${mark}`);

/** Options of the driver. */
export const diskOptions = (ctx: Context<Options>): Ini =>
  onCeph(ctx.options, (disks): Ini => {
    const { conf, user } = access(ctx, disks);
    const mark = own(disks) === undefined ? ctx.connection("storage")!.account.mark : "";
    return {
      libvirt: {
        images_type: "rbd",
        images_rbd_ceph_conf: conf,
        images_rbd_pool: disks.pool,
        rbd_secret_uuid: uuidOf(ctx, mark),
        rbd_user: user,
        // librbd writes together what belongs together, and keeps what a server flushes: https://docs.ceph.com/en/latest/rbd/qemu-rbd/
        disk_cachemodes: ["network=writeback"],
        // What a server frees is free in the pool.
        hw_disk_discard: "unmap",
      },
      // The folder of a server is each host's own. Left behind by an evacuation, it keeps the server from ever coming back.
      workarounds: { ensure_libvirt_rbd_instance_dir_cleanup: true },
    };
  }) ?? {};

/** ceph.conf for a Ceph that is not the cluster's own. */
export const diskFiles = (ctx: Context<Options>): Record<string, Ini> =>
  onCeph(ctx.options, (disks): Record<string, Ini> => {
    const there = own(disks);
    const connection = ctx.connection("storage");
    if (there !== undefined) return { [confFile]: cephConf(there, keyringOf(["disks", there])) };
    return connection!.instance === undefined ? { [confFile]: confOutside(connection!) } : {};
  }) ?? {};

/** What the pods have of the user. */
export const diskPod = (ctx: Context<Options>): Required<Pick<Extras, "mounts" | "volumes">> =>
  onCeph(ctx.options, (disks) => {
    const connection = ctx.connection("storage");
    if (connection === undefined) return keyringVolume(client(disks));
    const { mount, volume } = storageFiles(connection);
    return { mounts: [mount], volumes: [volume] };
  }) ?? { mounts: [], volumes: [] };

/** The keyring of a user that the operator gives. */
export const diskSecrets = (options: Options): RequiredSecret[] =>
  onCeph(options, (disks) =>
    client(disks).map(
      ([, { secret }]): RequiredSecret => ({
        ...{ name: secret, keys: { keyring: "keyring" }, purpose: "keyring of the Ceph user of the disks of servers" },
      }),
    ),
  ) ?? [];

/** Servers that hold them. */
export const diskServers = (options: Options): readonly Server[] =>
  onCeph(options, (disks) => (own(disks) === undefined ? [] : cephServers)) ?? [];

/** Their pool, where they name a Ceph cluster by its monitors. */
export const diskPools = (options: Options): OwnPool[] => onCeph(options, poolOutside) ?? [];

/** Where they lie. Nova looks for the disks of all servers where its options say, whenever those were made. */
export const diskData = ({ options }: Pick<Context<Options>, "options">): DataConstraint[] =>
  onCeph(options, (disks): DataConstraint[] => {
    const place = `rbd pool ${disks.pool}${own(disks) === undefined ? " of its storage" : ""}`;
    return [
      {
        ...{ key: "disks", value: place, shown: place, rule: "keep", what: "the place of the disks of its servers" },
        otherwise: "files of their hosts",
        consequence:
          "Nova would look for the disks of all servers in the new place: those that are there could neither start again nor be moved, and their disks would stay behind. Shelve the servers of these hosts first, and unshelve them afterwards (docs/compute.md).",
      },
    ];
  }) ?? [];

/** What is wrong with where they lie. */
export function checkDisks(instance: string, path: readonly string[], disks: Disks): Issue[] {
  if (disks.type !== "rbd") return [];
  const what = path[0] === "cells" ? `disks of the cell ${path[1]}` : "disks";
  const issues = [...checkClientOfAny(instance, what, path, disks)];
  if (disks.monitors !== undefined && disks.images !== undefined)
    issues.push(
      error(
        "unused-key",
        `${instance}: images of ${what} has no effect with monitors: what the user may read is said at that Ceph`,
        "Remove it, and give the user the right there: osd 'profile rbd-read-only pool=…'.",
        { path: [...path, "images"], atKey: true },
      ),
    );
  return issues;
}
