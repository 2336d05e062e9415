import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect } from "vitest";
import { ask } from "../config/ask.ts";
import type { Family, Settings } from "../laws/samples.ts";
import { inPoolOf, s3 } from "../laws/settings.ts";
import { dials, inner, listOf } from "../laws/sometimes.ts";

const one = fc.constantFrom;

type Store = { readonly type: string; readonly storageClass?: string };
/** Each store has a pool of its own. */
const inOwnPools = (all: Readonly<Record<string, Store>>): Readonly<Record<string, Store>> => {
  const there = Object.keys(all).filter((name) => all[name]!.type === "rbd");
  return {
    ...all,
    ...Object.fromEntries(
      there.slice(1).map((name) => [name, { ...all[name]!, pool: `${name.replaceAll("_", "-")}-images` }]),
    ),
  };
};
const drawnStores = fc.dictionary(
  one("ceph", "fast_one", "a", "archive"),
  fc.oneof(
    fc.record({ type: fc.constant("rbd") }),
    fc
      .tuple(
        fc.record({
          type: fc.constant("rbd"),
          monitors: listOf(["10.0.0.1", "10.0.0.2:6789", "[fd00::1]:3300"]),
          secret: one("ceph", "glance-ceph"),
        }),
        inner({ pool: one("images", "im.ages"), user: one("glance.2") }),
      )
      .map(([must, can]) => ({ ...must, ...can })),
    fc
      .tuple(fc.record({ type: fc.constant("s3"), ...s3 }), inner({ region: one("eu-1") }))
      .map(([must, can]) => ({ ...must, ...can })),
    fc
      .tuple(fc.constant("file"), one("100Gi", "2Ti"), dials({ storageClass: one("cephfs") }))
      .map(([type, size, more]) => ({ type, size, ...more })),
  ),
  { minKeys: 1, maxKeys: 2 },
);
const stores = drawnStores.map((all) => inOwnPools(all as Readonly<Record<string, Store>>));

export default {
  glance: {
    settings: { defaultStore: fc.constant("it follows from stores"), stagingSize: one("5Gi", "1024Mi") },
    always: fc.record({ stores }),
    alone: { stores: { ceph: { type: "rbd", monitors: ["10.0.0.1"], secret: "ceph" } } },
    longest: { stores: { [`s${"x".repeat(29)}`]: { type: "file", storageClass: "shared" } }, defaultStore: undefined },
    /** One of several stores is the default; a volume that one pod writes has one pod. */
    fit: ({ defaultStore, stores, ...others }, sharedStorageClass, suffix) => {
      const all = Object.entries(stores as Record<string, Store>);
      const own = all.map(([name, store]) => [name, inPoolOf(store, suffix, "images")]);
      const settings: Settings = { ...others, stores: Object.fromEntries(own) };
      const { replicas: _, autoscaling: __, ...uncounted } = settings;
      const isOwnVolume = all.some(
        ([, { type, storageClass }]) => type === "file" && (storageClass ?? sharedStorageClass) === undefined,
      );
      const named: Settings = all.length > 1 || defaultStore !== undefined ? { defaultStore: all[0]![0] } : {};
      return { ...(isOwnVolume ? { ...uncounted, replicas: 1 } : settings), ...named };
    },
    example: {
      glance: {
        dedicated: ["database", "cache"],
        notifications: true,
        imageSizeCap: 107_374_182_400,
        stagingSize: "100Gi",
        webDownload: { hosts: ["cloud-images.example.org"], ports: [443, 8443] },
        defaultStore: "fast",
        stores: {
          fast: {
            type: "rbd",
            monitors: ["10.0.0.1:6789"],
            pool: "fast-images",
            user: "glance-rz2",
            secret: "glance-ceph",
          },
          archive: {
            type: "s3",
            endpoint: "https://s3.example.org",
            bucket: "image-archive",
            secret: "glance-s3",
            region: "eu-central-1",
          },
          shared: { type: "file", size: "2Ti", storageClass: "cephfs" },
        },
        config: { "fast.ceph.conf": { client: { rbd_cache: "false" } } },
        crons: { "purge-deleted": false },
      },
      "glance-two": {
        uses: {
          messaging: {
            hosts: ["rabbitmq.example.org"],
            port: 5673,
            tls: { ca: "broker-ca" },
            vhost: "glance",
            vhosts: { notifications: "openstack" },
          },
          cache: "memcached",
          "key-manager": "barbican",
        },
        notifications: true,
        credentials: { storage: { generation: 2, alsoValid: 1 } },
        defaultStore: "ceph",
        stores: { ceph: { type: "rbd", pool: "images-two" }, shared: { type: "file" } },
      },
    },
    judged: {
      packages: {
        "2025.1": ["glance==30.2.0", "boto3"],
        "2025.2": ["glance==31.1.0", "boto3"],
        "2026.1": ["glance==32.0.0", "boto3"],
        "2026.2": ["glance==33.0.0", "boto3"],
      },
      // Without glance.store (options of a single store, which enabled_backends rules out) and without os_brick (Cinder).
      namespaces: [
        "glance",
        "glance.api",
        "glance.multi_store",
        "castellan.config",
        "keystonemiddleware.auth_token",
        "oslo.concurrency",
        "oslo.db",
        "oslo.limit",
        "oslo.log",
        "oslo.messaging",
        "oslo.middleware.cors",
        "oslo.middleware.healthcheck",
        "oslo.middleware.http_proxy_to_wsgi",
        "oslo.policy",
        "oslo.reports",
      ],
      drivers: {
        option: "enabled_backends",
        entryPoints: "glance_store.drivers",
        always: { os_glance_staging_store: "file", os_glance_tasks_store: "file" },
      },
      atWork: async (urls, token) => {
        await keepImage(urls.get("api")!, token);
        await fetchNothing(urls.get("api")!, token);
      },
    },
  },
} satisfies Family;

/** Uploads an image in chunks as small and as large as clients and gateways make them. */
async function keepImage(url: string, token: Readonly<Record<string, string>>): Promise<void> {
  const described = { name: "image", disk_format: "raw", container_format: "bare" };
  const created = await ask(`${url}/v2/images`, { headers: token, body: described });
  expect(created.status).toBe(201);
  const image = `${url}/v2/images/${(created.body as { id: string }).id}`;
  const chunks = [1, 1000, 65_536, 1_048_576, 8_388_608, 10_000_000].map((size) => randomBytes(size));
  const headers = { ...token, "Content-Type": "application/octet-stream" };
  expect(await ask(`${image}/file`, { method: "PUT", headers, body: chunks })).toMatchObject({ status: 204 });
  const sha512 = createHash("sha512").update(Buffer.concat(chunks)).digest("hex");
  expect(await ask(image, { headers: token })).toMatchObject({ body: { status: "active", os_hash_value: sha512 } });
}

/** Nobody makes Glance fetch a URL that the operator has not allowed. */
async function fetchNothing(url: string, token: Readonly<Record<string, string>>): Promise<void> {
  const described = { name: "import", disk_format: "raw", container_format: "bare" };
  const created = await ask(`${url}/v2/images`, { headers: token, body: described });
  const { id } = created.body as { id: string };
  const method = { name: "web-download", uri: "http://169.254.169.254/latest/meta-data" };
  const refused = await ask(`${url}/v2/images/${id}/import`, { headers: token, body: { method } });
  expect(refused.status).toBe(400);
  expect(await ask(`${url}/v2/images/${id}`, { headers: token })).toMatchObject({ body: { status: "queued" } });
}
