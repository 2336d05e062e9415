import { createHash } from "node:crypto";
import { z } from "zod";
import { cephClient, cephConf, cephServers, keyringOf } from "../../../kit/ceph.ts";
import type { BackendType } from "./backend-type.ts";

const schema = z.strictObject({
  type: z.literal("rbd").describe("Volumes as RBD images of a Ceph cluster; several replicas serve it at once."),
  ...cephClient({ pool: "volumes", user: "cinder", whose: "Cinder's" }),
});
type Rbd = z.output<typeof schema>;

const cephConfOf = (name: string): string => `${name}.ceph.conf`;

/**
 * Name of a back end's key in libvirt on compute hosts: a UUID of the form that names give (version 5), so that both sides know it
 * without asking Ceph. Attached volumes remember it: https://docs.ceph.com/en/latest/rbd/libvirt/
 */
export function secretUuid(name: string): string {
  const hash = createHash("sha1").update(`overstack back end ${name}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const rbd = {
  schema,
  options: (name, { pool, user }) => ({
    volume_driver: "cinder.volume.drivers.rbd.RBDDriver",
    rbd_ceph_conf: `/etc/cinder/${cephConfOf(name)}`,
    // os-brick looks for the keyring of a user in a file that is called after the cluster and the user.
    rbd_cluster_name: name,
    rbd_pool: pool,
    rbd_secret_uuid: secretUuid(name),
    rbd_user: user,
  }),
  files: (name, backend) => ({ [cephConfOf(name)]: cephConf(backend, keyringOf([name, backend])) }),
  ceph: (name, backend) => [[name, backend]],
  secrets: (name, { secret }) => [
    { name: secret, keys: { keyring: "keyring" }, purpose: `keyring of the Ceph user of back end ${name}` },
  ],
  servers: () => cephServers,
  place: ({ pool }) => `rbd pool ${pool}`,
  at: ({ monitors }) => [...monitors].sort().join(","),
} satisfies BackendType<Rbd>;
