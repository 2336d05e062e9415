import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { capabilities, cephPorts, cephUser, confOutside, foundConf, storageDirectory } from "../connections/storage.ts";
import type { Account, Connection, Need } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";

export { cephPorts, cephUser, confOutside, foundConf };

/**
 * A connection to the storage of the cluster, with the pools there that its user may use. `name` is the component's, with underscores.
 * Pools have names that objects of Kubernetes can have.
 */
export const storageNeed = (name: string, places: NonNullable<Need["places"]>): Need => ({
  kind: "storage",
  name,
  group: "storage",
  from: "provider",
  places,
});

/** The files of the connection as a client's pods mount them: the keyring, and inside the cluster the configuration, too. */
export const storageFiles = ({ account }: Connection): { volume: IVolume; mount: IVolumeMount } => ({
  volume: { name: "storage", secret: { secretName: account.secret, defaultMode: 0o440 } },
  mount: { name: "storage", mountPath: storageDirectory, readOnly: true },
});

/** A user that a provider makes for a client. */
interface StorageUser {
  readonly name: string;
  readonly caps: Readonly<Record<string, string>>;
  readonly account: Account;
  /** Pools that it writes to. */
  readonly writes: readonly string[];
}

/** Users of all clients of a provider, those among them that come or go included; `apart` are pools whose data lies in one more pool. */
export const storageUsers = ({ consumers }: Pick<Context, "consumers">, apart: readonly string[]): StorageUser[] => [
  ...new Map(
    consumers.flatMap(({ need, accounts }) =>
      accounts.map((account): [string, StorageUser] => [
        cephUser(account),
        {
          name: cephUser(account),
          caps: capabilities(need, apart),
          account,
          writes: Object.entries(need.places ?? {}).flatMap(([place, access]) => (access === "write" ? [place] : [])),
        },
      ]),
    ),
  ).values(),
];

/** Places that clients of a provider write to, sorted. */
export const writtenPlaces = ({ consumers }: Pick<Context, "consumers">): string[] =>
  [
    ...new Set(
      consumers.flatMap(({ need }) =>
        Object.entries(need.places ?? {}).flatMap(([place, access]) => (access === "write" ? [place] : [])),
      ),
    ),
  ].sort();
