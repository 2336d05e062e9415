import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { z } from "zod";
import { cephPorts } from "../connections/storage.ts";
import type { Ini } from "../contract/configuration.ts";
import type { Server } from "../contract/destination.ts";
import { secretName } from "../contract/formats.ts";

const word = (text: string) => z.string().regex(/^[A-Za-z0-9._-]+$/, text);

/** What a service says of a Ceph cluster that it is a client of: the keys of an option. `whose` is in the sentence about the Secret. */
export const cephClient = ({
  pool,
  user,
  whose,
}: {
  readonly pool: string;
  readonly user: string;
  readonly whose: string;
}) => ({
  monitors: z
    .array(z.string().regex(/^[A-Za-z0-9.:[\]-]+$/, "host or host:port"))
    .min(1)
    .describe("Addresses of the Ceph monitors."),
  pool: word("a pool name").default(pool).describe("Pool."),
  user: word("a user name without 'client.'").default(user).describe("Ceph user, without `client.`."),
  secret: secretName.describe(`Secret in ${whose} namespace; its key \`keyring\` is the user's keyring file.`),
});

/** The values of these keys. */
export interface CephClient {
  readonly monitors: readonly string[];
  readonly pool: string;
  readonly user: string;
  readonly secret: string;
}

/** ceph.conf of a client whose keyring is a file. */
export const cephConf = ({ monitors }: Pick<CephClient, "monitors">, keyring: string): Ini => ({
  global: { keyring, mon_host: monitors },
});

/** Monitors say where the other daemons are. */
export const cephServers: readonly Server[] = [{ host: undefined, ports: cephPorts }];

/** Where keyrings lie by the names that librados, and who reads a keyring by itself, look for. */
const keyrings = "/etc/ceph";

/** A client that is known by a name: what librados calls the cluster in names of files. */
export type NamedClient = readonly [name: string, client: Pick<CephClient, "user" | "secret">];

const fileOf = ([name, { user }]: NamedClient): string => `${name}.client.${user}.keyring`;

/** File with the keyring of a client. */
export const keyringOf = (client: NamedClient): string => `${keyrings}/${fileOf(client)}`;

/** The keyrings of several clients in one folder; nothing where there is none. */
export function keyringVolume(clients: readonly NamedClient[]): {
  readonly volumes: readonly IVolume[];
  readonly mounts: readonly IVolumeMount[];
} {
  if (clients.length === 0) return { volumes: [], mounts: [] };
  const sources = clients.map((client) => ({
    secret: { name: client[1].secret, items: [{ key: "keyring", path: fileOf(client) }] },
  }));
  return {
    volumes: [{ name: "ceph", projected: { defaultMode: 0o440, sources } }],
    mounts: [{ name: "ceph", mountPath: keyrings, readOnly: true }],
  };
}
