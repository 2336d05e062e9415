import { findCron, findingSecrets, findJob, findProgram } from "../../kit/found.ts";
import { openstack } from "../../kit/openstack.ts";
import { lentKeys, makesVolumes } from "../../kit/volume-keys.ts";
import { checkBackends } from "./backends/check.ts";
import { backendSchema, keysOf, outsidePools, sorted, storageNeeds } from "./backends/index.ts";
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
      without: ["storage"],
    },
    scheduler: {
      command: ["cinder-scheduler"],
      // Cinder keeps a record of each host that there ever was, and speaks as the oldest of them does: a pod comes back under its name.
      stateful: () => [],
      memory: ["256Mi", "1Gi"],
      without: ["coordination", "cache", "storage"],
    },
  },
  needs: ({ backends }) => ["database", "token-cache", "rpc", locks, ...storageNeeds(backends)],
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
  pools: ({ backends, backup }) => outsidePools(backends, backup),
  details: ({ backends }, instance) => makesVolumes(keysOf(backends, instance)),
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
  jobs: { [findProgram]: findJob },
  crons: {
    [findProgram]: findCron,
    "purge-deleted": { at: "15 2 * * *", run: ["cinder-manage", "db", "purge", "30"] },
    "service-clean": { at: "55 1 * * *", run: ["python3", "-c", removeGoneServices] },
  },
  imageFiles: {
    "DEFAULT.api_paste_config": "api-paste.ini",
    "DEFAULT.resource_query_filters_file": "resource_filters.json",
  },
  conf: neighbours,
  manifests: (ctx) => [...findingSecrets(ctx), ...lentKeys(ctx, keysOf(ctx.options.backends, ctx))],
});
