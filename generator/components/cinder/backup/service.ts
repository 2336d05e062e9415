import type { Ini } from "../../../contract/configuration.ts";
import type { Context } from "../../../contract/context.ts";
import { cephConf, keyringOf, keyringVolume, type NamedClient } from "../../../kit/ceph.ts";
import { mergeIni } from "../../../kit/ini.ts";
import { openstack } from "../../../kit/openstack.ts";
import { fromSecret } from "../../../kit/pod.ts";
import {
  type Backends,
  backendSchema,
  sorted,
  storageConf,
  storageOfOwner,
  storagePod,
  typeOf,
} from "../backends/index.ts";
import { grace, neighbours, ofOwner, state, wanted } from "../shared.ts";
import { noCapabilities, withoutSudo } from "../without-root.ts";
import { type BackupOptions, backupSchema, backupServers, placeOf } from "./index.ts";

interface Options {
  readonly backup?: BackupOptions | undefined;
  readonly backends: Backends;
}

/** Name of the Ceph cluster with the backups, for names of files: no back end can be called so. */
const own = "cinder-backup-to";
const ownConf = "backup.ceph.conf";

/** Clusters of Ceph that it reads volumes from, and the one that it writes to. */
const clients = (ctx: Context<Options>): NamedClient[] => [
  ...sorted(ctx.options.backends).flatMap(([name, backend]) => typeOf(backend).ceph?.(name, backend, ctx) ?? []),
  ...(ctx.options.backup?.type === "rbd" ? [[own, ctx.options.backup] satisfies NamedClient] : []),
];

const target = (backup: BackupOptions | undefined): Ini => {
  switch (backup?.type) {
    case undefined:
      return {};
    case "s3":
      return {
        DEFAULT: {
          backup_driver: "cinder.backup.drivers.s3.S3BackupDriver",
          backup_s3_endpoint_url: backup.endpoint,
          backup_s3_store_bucket: backup.bucket,
        },
      };
    case "rbd":
      return {
        DEFAULT: {
          backup_driver: "cinder.backup.drivers.ceph.CephBackupDriver",
          backup_ceph_conf: `/etc/cinder/${ownConf}`,
          backup_ceph_pool: backup.pool,
          backup_ceph_user: backup.user,
        },
      };
  }
};

const s3Variables = (secret: string) =>
  ["access-key", "secret-key"].map((key) =>
    fromSecret(`OS_DEFAULT__BACKUP_S3_STORE_${key.toUpperCase().replace("-", "_")}`, secret, key),
  );

/** Copies volumes to another place and back. Its replicas have a host each, by which Cinder knows who has a copy under way. */
export default openstack({
  name: "cinder-backup",
  summary: "Backups of volumes: copies them to an object store or to Ceph, and back.",
  partOf: "cinder",
  user: "owner",
  project: "cinder",
  options: { backup: backupSchema, backends: backendSchema },
  order: { after: { run: "expand" }, before: { run: "contract" } },
  roles: {
    backup: {
      command: withoutSudo("cinder-backup"),
      stateful: () => [],
      memory: ["512Mi", "2Gi"],
      grace,
      locks: true,
      pod: (ctx) => {
        const { backup } = ctx.options;
        const room = state("1Gi");
        const keyrings = keyringVolume(clients(ctx));
        const storage = storagePod(ctx);
        return {
          environment: backup?.type === "s3" ? s3Variables(backup.secret) : [],
          volumes: [...room.volumes, ...keyrings.volumes, ...storage.volumes],
          mounts: [...room.mounts, ...keyrings.mounts, ...storage.mounts],
        };
      },
    },
  },
  needs: ({ backends }) => [...ofOwner, ...storageOfOwner(backends)],
  wants: wanted,
  sendsServiceTokens: true,

  outside: ({ backup, backends }) => [
    ...(backup === undefined ? [] : backupServers(backup)),
    ...sorted(backends).flatMap(([, backend]) =>
      backend.type === "rbd" ? (typeOf(backend).servers?.(backend) ?? []) : [],
    ),
  ],
  secrets: ({ options: { backup, backends } }) => [
    ...(backup?.type === "s3"
      ? [
          {
            name: backup.secret,
            keys: { "access-key": "access-key", "secret-key": "secret-key" } as const,
            purpose: "S3 credentials of the backups of volumes",
          },
        ]
      : []),
    ...(backup?.type === "rbd"
      ? [{ name: backup.secret, keys: { keyring: "keyring" } as const, purpose: "keyring of the Ceph user of backups" }]
      : []),
    ...sorted(backends).flatMap(([name, backend]) =>
      backend.type === "rbd" ? (typeOf(backend).secrets?.(name, backend) ?? []) : [],
    ),
  ],
  data: ({ options: { backup } }) =>
    backup === undefined
      ? []
      : [
          {
            key: "place",
            value: placeOf(backup),
            shown: placeOf(backup),
            rule: "keep",
            what: "the place of the backups",
            consequence: "Backups that lie in it could be neither restored nor deleted any more.",
          },
        ],
  conf: (ctx) =>
    mergeIni(neighbours(ctx), noCapabilities, target(ctx.options.backup), {
      DEFAULT: { graceful_shutdown_timeout: grace },
    }),
  files: (ctx): Readonly<Record<string, Ini>> => {
    const { backup } = ctx.options;
    return {
      ...storageConf(ctx),
      ...(backup?.type === "rbd" ? { [ownConf]: cephConf(backup, keyringOf([own, backup])) } : {}),
    };
  },
});
