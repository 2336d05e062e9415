import { describe, expect, test } from "vitest";
import { certificates } from "../../generator/render/certificates.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { rendered } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";
import { withDisks } from "./storage.ts";

const hosts = Object.fromEntries(["1", "2", "3", "4", "5"].map((each) => [`s${each}`, {}]));

const clusterWith = (objectStore: object, more: object = {}, infrastructure: object = {}) =>
  rendered(
    { keystone: {} },
    {
      ...withDisks,
      infrastructure: { mariadb: { backup: "none" }, ceph: { hosts, objectStore }, ...infrastructure },
      ...more,
    },
  );
const users = { backups: { buckets: ["mariadb", "archive"], quota: "2048Gi" }, "a-reader": {} };
const plain = { internal: { tls: "none" } };
const cluster = clusterWith({ users }, plain);
const { objects } = renderingOf(cluster, "object-store");
const encrypted = clusterWith({ users });
const own = renderingOf(encrypted, "object-store").objects;

const specOf = (name: string, of = objects) => of[name]!.spec as Record<string, Record<string, unknown>>;
const variables = (env: readonly { name: string; value?: string }[]) =>
  Object.fromEntries(env.map(({ name, ...rest }) => [name, rest.value ?? rest]));

describe("an object store", () => {
  test("keeps three copies of all, and its pools when its object is deleted", () => {
    const pool = { failureDomain: "host", replicated: { requireSafeReplicaSize: true, size: 3 } };
    expect(specOf("CephObjectStore/object-store")).toMatchObject({
      dataPool: { ...pool, parameters: { bulk: "true", compression_mode: "none", min_size: "2" } },
      metadataPool: { ...pool, parameters: { min_size: "2" } },
      preservePoolsOnDelete: true,
    });
    expect(objects["CephObjectStore/object-store"]!.metadata.annotations).toMatchObject({
      "kustomize.toolkit.fluxcd.io/prune": "disabled",
    });
  });

  test("keeps what is in the objects in chunks where it says so, and what they are called in copies", () => {
    const chunked = renderingOf(clusterWith({ erasureCoded: { data: 2, coding: 2 } }), "object-store").objects;
    expect(specOf("CephObjectStore/object-store", chunked)).toMatchObject({
      dataPool: { erasureCoded: { dataChunks: 2, codingChunks: 2 }, parameters: { min_size: "3" } },
      metadataPool: { replicated: { size: 3 } },
    });
  });

  test("lies where all pools lie, unless it says otherwise", () => {
    const places = { failureDomain: "rack", deviceClass: "ssd", hosts: racked };
    const poolsOf = (objectStore: object) => {
      const other = clusterWith({}, plain, { ceph: { ...places, objectStore } });
      return specOf("CephObjectStore/object-store", renderingOf(other, "object-store").objects);
    };
    expect(poolsOf({}).dataPool).toMatchObject({ failureDomain: "rack", deviceClass: "ssd" });
    expect(poolsOf({ failureDomain: "host", deviceClass: "hdd" }).metadataPool).toMatchObject({
      failureDomain: "host",
      deviceClass: "hdd",
    });
  });

  test("has two gateways, never on one node, of which one may be evicted at a time", () => {
    const labels = { app: "rook-ceph-rgw", rook_object_store: "object-store" };
    expect(specOf("CephObjectStore/object-store").gateway).toMatchObject({
      hostNetwork: false,
      instances: 2,
      placement: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
          ],
        },
      },
    });
    expect(specOf("Service/object-store-gateway").selector).toEqual(labels);
    expect(specOf("PodDisruptionBudget/object-store-gateway")).toMatchObject({
      maxUnavailable: 1,
      selector: { matchLabels: labels },
    });
  });

  test("gives its gateways what cluster.yaml says of pods", () => {
    const settings = {
      replicas: 3,
      scheduling: { nodeSelector: { pool: "storage" }, tolerations: [{ key: "a", operator: "Exists" }] },
      labels: { team: "storage" },
      annotations: { "example.org/note": "1" },
    };
    const services = { keystone: {}, "object-store": settings };
    const other = renderingOf(clusterWith({}, { services, ...plain }), "object-store").objects;
    expect(specOf("CephObjectStore/object-store", other).gateway).toMatchObject({
      instances: 3,
      labels: settings.labels,
      annotations: settings.annotations,
      placement: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "pool", operator: "In", values: ["storage"] }] }],
          },
        },
        tolerations: settings.scheduling.tolerations,
      },
    });
  });

  test("has a public name at the Gateway, and no limit of time for what is sent", () => {
    expect(specOf("HTTPRoute/object-store-gateway")).toMatchObject({
      parentRefs: [{ name: "gateway", sectionName: "object-store" }],
      rules: [{ backendRefs: [{ name: "object-store-gateway", port: 8080 }], timeouts: { request: "0s" } }],
    });
  });

  test("lets everybody in at its port alone, and its gateways out to the daemons and the Identity service", () => {
    const labels = { app: "rook-ceph-rgw", rook_object_store: "object-store" };
    expect(specOf("NetworkPolicy/object-store-gateway")).toMatchObject({
      podSelector: { matchLabels: labels },
      ingress: [{ ports: [{ port: 8080, protocol: "TCP" }] }],
    });
    // Rook gives its pods the store's name as that of the instance.
    const { podSelector, egress } = specOf("NetworkPolicy/object-store-egress");
    expect(podSelector).toEqual({ matchLabels: { "app.kubernetes.io/instance": "object-store" } });
    const ports = (egress as unknown as { ports?: { port: number }[] }[]).flatMap((rule) =>
      (rule.ports ?? []).map(({ port }) => port),
    );
    expect(ports).toEqual(expect.arrayContaining([3300, 6800, 5000]));
  });

  test("is found by those who ask all services, whatever role Rook says that its pods have", () => {
    const services = { keystone: {}, horizon: {} };
    const { objects: dashboard } = renderingOf(clusterWith({}, { services, ...plain }), "horizon");
    const { egress } = specOf("NetworkPolicy/horizon-egress", dashboard);
    const rules = (egress as unknown as { ports?: { port: number }[]; to: object[] }[]).filter(({ to }) =>
      JSON.stringify(to).includes('"object-store"'),
    );
    expect(rules).toMatchObject([
      {
        to: [
          {
            podSelector: {
              matchExpressions: [{ key: "app.kubernetes.io/instance", operator: "In", values: ["object-store"] }],
            },
          },
        ],
        ports: [{ port: 8080 }],
      },
    ]);
  });

  test("is one gateway with one copy of all in development", () => {
    const small = rendered(
      { keystone: {} },
      { ...withDisks, profile: "development", infrastructure: { ceph: { objectStore: {} } } },
    );
    const spec = specOf("CephObjectStore/object-store", renderingOf(small, "object-store").objects);
    expect(spec).toMatchObject({
      gateway: { instances: 1 },
      dataPool: { failureDomain: "osd", replicated: { requireSafeReplicaSize: false, size: 1 } },
    });
    expect(spec.gateway!.placement).not.toHaveProperty("podAntiAffinity");
  });

  test("is not there where nobody asked", () => {
    const { model } = rendered({ keystone: {} }, withDisks);
    expect(model.instances.map(({ name }) => name)).not.toContain("object-store");
  });
});

const racked = Object.fromEntries(["1", "2", "3", "4"].map((each) => [`s${each}`, { rack: `r${each}` }]));

describe("a user of the store's own", () => {
  test("has the keys that its Secret says and its quota, and stays when it leaves Git", () => {
    expect(objects["CephObjectStoreUser/backups"]).toMatchObject({
      metadata: { annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } },
      spec: {
        keys: [
          {
            accessKeyRef: { key: "access-key", name: "object-store-user-backups" },
            secretKeyRef: { key: "secret-key", name: "object-store-user-backups" },
          },
        ],
        quotas: { maxSize: "2Ti" },
        store: "object-store",
      },
    });
    expect(specOf("CephObjectStoreUser/a-reader")).not.toHaveProperty("quotas");
    const made = requiredSecrets(cluster.model).find(({ name }) => name === "object-store-user-backups");
    expect(made).toMatchObject({
      namespace: "rook-ceph",
      keys: { "access-key": { form: "text", length: 20 }, "secret-key": { form: "text", length: 40 } },
    });
  });

  test("has its buckets made with its keys, when gateways are there", () => {
    const { main } = podOf(own["Job/object-store-buckets"]);
    expect(variables(main.env)).toEqual({
      STORE_HOST: "object-store-gateway.rook-ceph.svc.cluster.local",
      STORE_PORT: "8080",
      STORE_CA: "/etc/ssl/internal/ca.crt",
      BUCKETS: '[["archive","mariadb"]]',
      ACCESS_KEY_0: { valueFrom: { secretKeyRef: { key: "access-key", name: "object-store-user-backups" } } },
      SECRET_KEY_0: { valueFrom: { secretKeyRef: { key: "secret-key", name: "object-store-user-backups" } } },
    });
    expect(variables(podOf(objects["Job/object-store-buckets"]).main.env)).not.toHaveProperty("STORE_CA");
    const without = renderingOf(clusterWith({ users: { a: {} } }), "object-store").objects;
    expect(Object.keys(without)).not.toContain("Job/object-store-buckets");
  });

  test("is asked for before the Identity service", () => {
    const { rgwConfig } = specOf("CephObjectStore/object-store").gateway as { rgwConfig: Record<string, string> };
    expect(rgwConfig.rgw_s3_auth_order).toBe("sts, local, external");
  });
});

describe("for projects of the cloud", () => {
  test("is in the catalogue, with the project in its address", () => {
    const { main } = podOf(own["Job/object-store-register"]);
    const { SEED, ...urls } = variables(main.env) as Record<string, string>;
    expect(JSON.parse(SEED!).services).toMatchObject([{ name: "object-store", type: "object-store" }]);
    expect(urls).toMatchObject({
      OBJECT_STORE_INTERNAL_URL:
        "https://object-store-gateway.rook-ceph.svc.cluster.local:8080/swift/v1/AUTH_%(project_id)s",
      OBJECT_STORE_PUBLIC_URL: expect.stringMatching(
        /^https:\/\/object-store\.[^/]+\/swift\/v1\/AUTH_%\(project_id\)s$/,
      ),
    });
  });

  test("asks the Identity service as its own user, whose password is a file of the gateways", () => {
    const { gateway } = specOf("CephObjectStore/object-store", own);
    expect(gateway).toMatchObject({
      rgwConfig: {
        rgw_keystone_url: "https://keystone-api.openstack-services.svc.cluster.local:5000",
        rgw_keystone_api_version: "3",
        rgw_keystone_admin_user: "object-store",
        rgw_keystone_admin_domain: "service",
        rgw_keystone_admin_project: "service",
        rgw_keystone_admin_password_path: "/var/rgw/identity/password",
        rgw_keystone_implicit_tenants: "true",
        rgw_swift_account_in_url: "true",
      },
      additionalVolumeMounts: [
        { subPath: "identity", volumeSource: { secret: { secretName: "object-store-identity" } } },
      ],
    });
    expect(JSON.stringify(gateway)).not.toContain('"rgw_keystone_admin_password"');
  });

  test("has other gateways with another generation of that user", () => {
    const services = { keystone: {}, "object-store": { credentials: { identity: { generation: 2, alsoValid: 1 } } } };
    const { gateway } = specOf(
      "CephObjectStore/object-store",
      renderingOf(clusterWith({}, { services }), "object-store").objects,
    );
    expect(gateway).toMatchObject({
      rgwConfig: { rgw_keystone_admin_user: "object-store-g2" },
      additionalVolumeMounts: [{ volumeSource: { secret: { secretName: "object-store-identity-g2" } } }],
    });
  });

  test("checks the Identity service with the cluster's CA, under the one key that Rook takes", () => {
    expect(specOf("CephObjectStore/object-store", own).gateway).toMatchObject({
      caBundleRef: "object-store-authority",
    });
    const { main } = podOf(own["Job/object-store-authority"]);
    expect(variables(main.env)).toMatchObject({
      SECRET: "object-store-authority",
      AUTHORITIES: "/etc/ssl/internal/ca.crt",
    });
    expect(main.command.at(-1)).toContain('"cabundle"');
    expect(specOf("CephObjectStore/object-store").gateway).not.toHaveProperty("caBundleRef");
    expect(Object.keys(objects)).not.toContain("Job/object-store-authority");
  });

  test("checks that of another cluster with the public authorities and the cluster's own", () => {
    const identity = { url: "https://identity.north.example.org/v3", user: "registrar" };
    const other = clusterWith({}, { identity, region: "south", services: { placement: {} } });
    const { objects: outside } = renderingOf(other, "object-store");
    expect(variables(podOf(outside["Job/object-store-authority"]).main.env)).toMatchObject({
      AUTHORITIES: "/etc/ssl/overstack/ca.crt",
    });
    expect(specOf("CephObjectStore/object-store", outside).gateway).toMatchObject({
      rgwConfig: { rgw_keystone_url: "https://identity.north.example.org" },
    });
  });
});

describe("where the inside is encrypted", () => {
  test("gateways speak TLS alone, with a certificate for the names that the Gateway and Rook use", () => {
    expect(specOf("CephObjectStore/object-store", own).gateway).toMatchObject({
      securePort: 8080,
      sslCertificateRef: "object-store-internal-tls",
    });
    expect(specOf("CephObjectStore/object-store", own).gateway).not.toHaveProperty("port");
    const certificate = certificates(encrypted.model).filter(
      ({ kind, metadata: { name } }) => kind === "Certificate" && name === "object-store-internal-tls",
    );
    expect(certificate).toMatchObject([
      {
        spec: {
          dnsNames: [
            "object-store-gateway.rook-ceph.svc",
            "object-store-gateway.rook-ceph.svc.cluster.local",
            "rook-ceph-rgw-object-store.rook-ceph.svc",
            "rook-ceph-rgw-object-store.rook-ceph.svc.cluster.local",
          ],
        },
      },
    ]);
  });

  test("a cron replaces those that show an old certificate, and is given no key", () => {
    const { main, volumes } = podOf(own["CronJob/object-store-renew-certificate"]);
    expect(main.command).toEqual(["python3", "/etc/object-store/renew-certificate.py"]);
    expect(volumes).toContainEqual({
      name: "certificate",
      secret: {
        defaultMode: 0o440,
        items: [{ key: "tls.crt", path: "tls.crt" }],
        secretName: "object-store-internal-tls",
      },
    });
    expect(own["Role/object-store-renew-certificate"]).toMatchObject({
      rules: [
        { resources: ["pods"], verbs: ["list"] },
        { resources: ["pods/eviction"], verbs: ["create"] },
      ],
    });
    expect(Object.keys(objects)).not.toContain("CronJob/object-store-renew-certificate");
  });
});

describe("backups of a database in the store of its own cluster", () => {
  const backupsTo = (endpoint: string, more: object = {}) => {
    const s3 = { endpoint, bucket: "mariadb", secret: "mariadb-backups", ...more };
    return clusterWith({ users }, {}, { mariadb: { backup: { target: { s3 } } } });
  };
  const inside = "https://object-store-gateway.rook-ceph.svc:8080";
  const storageOf = (of: ReturnType<typeof backupsTo>) =>
    specOf("PhysicalBackup/mariadb-backup", renderingOf(of, "mariadb").objects).storage!.s3;

  test("trust the cluster's CA and may get out there, and their operator is warned", () => {
    const there = backupsTo(inside);
    expect(storageOf(there)).toMatchObject({
      endpoint: "object-store-gateway.rook-ceph.svc:8080",
      tls: { enabled: true, caSecretKeyRef: { key: "ca.crt", name: "internal-trust" } },
    });
    expect(there.issues.map(({ code, severity }) => ({ code, severity }))).toContainEqual({
      code: "backup-in-the-cluster",
      severity: "warning",
    });
    const { egress } = specOf("NetworkPolicy/mariadb-egress", renderingOf(there, "mariadb").objects);
    expect(JSON.stringify(egress)).toContain('"rook-ceph"');
  });

  test("trust what the operator names instead, and nobody is warned of a store elsewhere", () => {
    expect(storageOf(backupsTo(inside, { ownCa: true }))).toMatchObject({
      tls: { caSecretKeyRef: { key: "ca.crt", name: "mariadb-backups" } },
    });
    const elsewhere = backupsTo("https://object-store.north.example.org");
    expect(storageOf(elsewhere)).toMatchObject({ tls: { enabled: true } });
    expect(JSON.stringify(storageOf(elsewhere))).not.toContain("internal-trust");
    expect(elsewhere.issues.map(({ code }) => code)).not.toContain("backup-in-the-cluster");
  });
});
