import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import type { Peer } from "../contract/peers.ts";
import type { RequiredSecret } from "../contract/secret.ts";
import { copied, lentTo } from "./in-cluster.ts";

// Keys of Ceph that volumes are attached with on compute hosts. Who makes volumes tells them in its `details`; who attaches them has copies
// of the Secrets, and gives each key to libvirt under its UUID.

/** A key. */
export interface VolumeKey {
  /** Name of the key in libvirt, which attached volumes remember: https://docs.ceph.com/en/latest/rbd/libvirt/ */
  readonly uuid: string;
  /** Secret of who makes volumes; its key `keyring` is a file of Ceph's. */
  readonly secret: string;
  /** It is made in the cluster. */
  readonly isFound: boolean;
}

/** What who makes volumes tells, and what who attaches them. */
export const makesVolumes = (volumeKeys: readonly VolumeKey[]) => ({ volumeKeys });
export const attachesVolumes = { attachesVolumes: true };

/** Keys of the volumes of a peer. */
export const keysOf = (peer: Peer | undefined): readonly VolumeKey[] =>
  (peer?.details.volumeKeys ?? []) as readonly VolumeKey[];

/** Secrets of keys, each once. */
const secretsOf = (keys: readonly VolumeKey[]): string[] => [...new Set(keys.map(({ secret }) => secret))];
const isFound = (key: VolumeKey): boolean => key.isFound;

/** Name of the Job and of the cron that copy what is made in the cluster. */
export const copyKeys = "copy-volume-keys";
/** For the header's `jobs` and `crons`. */
export const copyKeysJob = { phase: "expand" } as const;
export const copyKeysCron = { at: "*/10 * * * *", optional: true } as const;

/** Lets those who attach volumes copy the keys that are made in the cluster. */
export const lentKeys = (ctx: Context, keys: readonly VolumeKey[]): Placed[] =>
  lentTo(
    ctx,
    secretsOf(keys.filter(isFound)),
    copyKeys,
    ctx.askers.filter(({ details }) => details.attachesVolumes === true),
  );

/** The copies of who attaches the volumes of a peer. */
export const copiedKeys = (ctx: Context, peer: Peer | undefined): Placed[] =>
  peer === undefined ? [] : copied(ctx, copyKeys, secretsOf(keysOf(peer).filter(isFound)), peer);

/** The Secrets that it must have. */
export const keySecrets = (peer: Peer | undefined): RequiredSecret[] => {
  const found = secretsOf(keysOf(peer).filter(isFound));
  return secretsOf(keysOf(peer)).map(
    (name): RequiredSecret => ({
      ...{ name, keys: { keyring: "keyring" }, purpose: "key of Ceph that volumes are attached with" },
      copyOf: { instance: peer!.instance, name },
      ...(found.includes(name) ? { origin: "cluster" } : {}),
    }),
  );
};

/** Where it finds the keys: each is a file that is called after the UUID. */
const folder = "/etc/volume-keys";

/** Keys as its pods have them; nothing without any. */
export function keyVolume(keys: readonly VolumeKey[]): {
  readonly volumes: readonly IVolume[];
  readonly mounts: readonly IVolumeMount[];
} {
  if (keys.length === 0) return { volumes: [], mounts: [] };
  const sources = keys.map(({ uuid, secret }) => ({
    secret: { name: secret, items: [{ key: "keyring", path: uuid }] },
  }));
  return {
    volumes: [{ name: "volume-keys", projected: { defaultMode: 0o440, sources } }],
    mounts: [{ name: "volume-keys", mountPath: folder, readOnly: true }],
  };
}

/**
 * Python that gives the keys to libvirt, which keeps them on the node: a server that starts again with its node finds the key of its volume. Keys of
 * before stay, for volumes that are attached with them. https://libvirt.org/formatsecret.html#usage-type-ceph
 */
export const giveKeys = `import base64, os, re, libvirt

folder = "${folder}"
names = [name for name in sorted(os.listdir(folder)) if not name.startswith(".")] if os.path.isdir(folder) else []
connection = libvirt.open("qemu:///system") if names else None
for name in names:
    with open(os.path.join(folder, name)) as keyring:
        key = re.search(r"^\\s*key\\s*=\\s*(\\S+)", keyring.read(), re.MULTILINE)
    if key is None:
        raise SystemExit("the keyring of the key %s has no line with a key" % name)
    secret = connection.secretDefineXML(
        "<secret ephemeral='no' private='yes'><uuid>%s</uuid><usage type='ceph'><name>%s</name></usage></secret>" % (name, name)
    )
    secret.setValue(base64.b64decode(key[1]), 0)
    print("libvirt has the key %s" % name)
`;
