import { z } from "zod";
import type { Context } from "../../contract/context.ts";
import { size } from "../../contract/formats.ts";
import { findCron, findingSecrets, findJob, findProgram } from "../../kit/found.ts";
import { mergeIni } from "../../kit/ini.ts";
import { everyAddress, inUrl } from "../../kit/ip.ts";
import { keyManager } from "../../kit/key-manager.ts";
import { openstack } from "../../kit/openstack.ts";
import { lockPath } from "../../kit/oslo.ts";
import { scratch } from "../../kit/pod.ts";
import { peersOnly } from "../../kit/service.ts";
import { speaksHttps } from "../../kit/tls.ts";
import { imports, webDownload, webServers } from "./imports.ts";
import { checkStores } from "./stores/check.ts";
import {
  outsidePools,
  storeConfig,
  storeData,
  storeFiles,
  storeMounts,
  storeNeeds,
  storeObjects,
  storeSchema,
  storeSecrets,
  storeServers,
  usesLocalVolume,
} from "./stores/index.ts";

const port = 9292;
/**
 * Where replicas hand requests on to each other, by address: no certificate can name that, so this stays plain and the
 * network policy lets in nobody else.
 */
const peerPort = (ctx: Pick<Context, "internalTls">): number => (speaksHttps(ctx) ? 9293 : port);

/** Image service. Images live in Ceph, in an object store, or on one volume that all replicas share. */
export default openstack({
  name: "glance",
  summary: "Image service: uploads, downloads and stores disk images.",
  options: {
    stores: storeSchema,
    defaultStore: z
      .string()
      .optional()
      .describe("Store that uploads go to when the request names none; needed with several stores."),
    imageSizeCap: z.number().int().min(1_048_576).default(1_099_511_627_776).describe("Largest image, bytes."),
    webDownload,
    stagingSize: size.default("20Gi").describe("Room on the node for imports and conversions, per replica."),
    notifications: z
      .boolean()
      .default(false)
      .describe("Send notifications to the message broker. Without a consumer their queue grows without end."),
  },
  check: checkStores,
  roles: {
    api: {
      wsgi: "glance.wsgi.api:application",
      uwsgi: (ctx) => ({
        // Each transfer holds a thread for as long as it takes: eight of them must not keep the probe waiting.
        threads: 8,
        // An upload comes in chunks as large as the client likes: beyond 1 MiB, uwsgi's default, it would be cut off.
        "chunked-input-limit": 16_777_216,
        // Seconds that a client may stall, in an upload as in a download; the default of 4 ends both.
        "socket-timeout": 300,
        // Seconds that transfers have when the server restarts; after 150 without an answer the liveness probe would end the pod.
        "worker-reload-mercy": 120,
        ...(speaksHttps(ctx) ? { "http-socket": `${everyAddress(ctx)}:${peerPort(ctx)}` } : {}),
      }),
      // An upload may take hours: no time limit on the route.
      endpoint: { type: "image", port, description: "Image", timeout: 0 },
      publicUrl: "DEFAULT.public_endpoint",
      cpu: "200m",
      memory: ["512Mi", "2Gi"],
      // Minutes, not seconds: a download that has begun is finished before the pod goes.
      grace: 300,
      scratch: "2Gi",
      locks: true,
      recreate: usesLocalVolume,
      pod: (ctx) => {
        const stores = storeMounts(ctx);
        const staging = scratch("staging", "/var/lib/glance/staging", ctx.options.stagingSize);
        const tasks = scratch("tasks", "/var/lib/glance/tasks", "1Gi");
        return {
          environment: [
            ...stores.environment,
            // Imports are staged on one pod; the others hand a request on to the address under which that pod registered it.
            { name: "POD_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
            { name: "OS_DEFAULT__WORKER_SELF_REFERENCE_URL", value: `http://${inUrl(ctx, "POD_IP")}:${peerPort(ctx)}` },
          ],
          volumes: [staging.volume, tasks.volume, ...stores.volumes],
          mounts: [staging.mount, tasks.mount, ...stores.mounts],
        };
      },
    },
  },
  needs: ({ notifications, ...options }) => [
    "database",
    "token-cache",
    ...(notifications ? (["notifications"] as const) : []),
    ...storeNeeds(options),
  ],
  // Certificates of signed images, and the keys of images that were encrypted volumes.
  wants: ["key-manager"],
  user: { roles: ["service"], formerRoles: ["admin"] },
  migrate: {
    expand: { "db-expand": ["glance-manage", "db", "expand"], "db-migrate": ["glance-manage", "db", "migrate"] },
    contract: { "db-contract": ["glance-manage", "db", "contract"] },
  },
  jobs: { [findProgram]: findJob },
  crons: {
    [findProgram]: findCron,
    "purge-deleted": {
      at: "5 1 * * *",
      run: ["glance-manage", "db", "purge", "--age_in_days", "30", "--max_rows", "1000"],
    },
    "purge-deleted-images": {
      at: "35 1 * * *",
      run: ["glance-manage", "db", "purge_images_table", "--age_in_days", "180", "--max_rows", "1000"],
    },
  },
  secrets: storeSecrets,
  data: storeData,
  pools: outsidePools,
  outside: (options) => [...storeServers(options), ...webServers(options)],
  mainFile: "glance-api.conf",
  imageFiles: { "paste_deploy.config_file": "glance-api-paste.ini" },
  conf: (ctx) =>
    mergeIni(storeConfig(ctx), keyManager(ctx), imports(ctx), {
      DEFAULT: { image_size_cap: ctx.options.imageSizeCap },
      os_glance_staging_store: { filesystem_store_datadir: "/var/lib/glance/staging" },
      os_glance_tasks_store: { filesystem_store_datadir: "/var/lib/glance/tasks" },
      oslo_concurrency: { lock_path: lockPath(ctx) },
      paste_deploy: { flavor: "keystone" },
    }),
  files: storeFiles,
  manifests: (ctx) => [
    ...storeObjects(ctx),
    ...findingSecrets(ctx),
    ...(speaksHttps(ctx) ? [peersOnly(ctx, "api", peerPort(ctx))] : []),
  ],
});
