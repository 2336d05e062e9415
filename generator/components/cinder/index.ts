import { openstack } from "../../kit/openstack.ts";
import { checkBackends } from "./backends/check.ts";
import { type Backends, backendSchema, sorted } from "./backends/index.ts";
import { secretUuid } from "./backends/rbd.ts";
import { backupSchema } from "./backup/index.ts";
import { removeGoneServices, waitForServices } from "./services-script.ts";
import { locks, neighbours, wanted } from "./shared.ts";
import { conversionSize } from "./volume.ts";

/**
 * Block storage. The API hands requests to the schedulers, which choose a back end; the volume service of each back end is a part of
 * its own, and so is the service that makes backups.
 */
export default openstack({
  name: "cinder",
  summary: "Block storage: volumes of servers, their snapshots and their backups.",
  options: { backends: backendSchema, backup: backupSchema, conversionSize },
  check: checkBackends,
  roles: {
    api: {
      wsgi: "cinder.wsgi.api:application",
      endpoint: { type: ["block-storage", "volumev3"], port: 8776, path: "/v3", description: "Block Storage" },
      publicUrl: "DEFAULT.public_endpoint",
      memory: ["512Mi", "2Gi"],
      locks: true,
    },
    scheduler: {
      command: ["cinder-scheduler"],
      // Cinder keeps a record of each host that there ever was, and speaks as the oldest of them does: a pod comes back under its name.
      stateful: () => [],
      memory: ["256Mi", "1Gi"],
      without: ["coordination", "cache"],
    },
  },
  needs: ["database", "token-cache", "rpc", locks],
  wants: wanted,
  sendsServiceTokens: true,

  parts: ({ backends, backup, conversionSize }) => [
    ...sorted(backends).map(([name, backend]) => ({
      component: `cinder-volume-${backend.type}`,
      name,
      options: { name, backend, conversionSize },
    })),
    ...(backup === undefined ? [] : [{ component: "cinder-backup", options: { backup, backends } }]),
  ],
  details: ({ backends }) => ({ rbd: rbdClients(backends) }),
  migrate: {
    expand: {
      "db-sync": ["cinder-manage", "db", "sync"],
      // It looks at what is in the database too, so it comes second; a warning is no refusal.
      "upgrade-check": ["sh", "-c", "cinder-status upgrade check; test $? -lt 2"],
    },
    contract: {
      "wait-for-services": ["python3", "-c", waitForServices],
      "online-data-migrations": ["cinder-manage", "db", "online_data_migrations"],
    },
  },
  crons: {
    "purge-deleted": { at: "15 2 * * *", run: ["cinder-manage", "db", "purge", "30"] },
    "service-clean": { at: "55 1 * * *", run: ["python3", "-c", removeGoneServices] },
  },
  imageFiles: {
    "DEFAULT.api_paste_config": "api-paste.ini",
    "DEFAULT.resource_query_filters_file": "resource_filters.json",
  },
  conf: neighbours,
});

/** What a compute service must know to attach volumes on Ceph: the user whose key it needs, and the name that libvirt finds it by. */
const rbdClients = (backends: Backends) =>
  Object.fromEntries(
    sorted(backends).flatMap(([name, backend]) =>
      backend.type === "rbd"
        ? [[name, { user: backend.user, secret: backend.secret, secretUuid: secretUuid(name) }]]
        : [],
    ),
  );
