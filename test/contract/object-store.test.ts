import { describe, expect, test } from "vitest";
import { certificates } from "../../generator/render/certificates.ts";
import { rendered } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";
import { withDisks } from "./storage.ts";

const clusterWith = (objectStore: object, more: object = {}) => {
  const hosts = Object.fromEntries(["1", "2", "3", "4", "5"].map((each) => [`s${each}`, {}]));
  const ceph = { hosts, objectStore };
  return rendered({ keystone: {} }, { ...withDisks, infrastructure: { mariadb: { backup: "none" }, ceph }, ...more });
};
const cluster = clusterWith({ users: ["backups"] }, { internal: { tls: "none" } });
const { objects } = renderingOf(cluster, "object-store");
const specOf = (name: string, of = objects) => of[name]!.spec as Record<string, Record<string, unknown>>;

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

  test("has two gateways, never on one node, which policies reach", () => {
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
    expect(specOf("NetworkPolicy/object-store-gateway")).toMatchObject({
      podSelector: { matchLabels: labels },
      ingress: [{ ports: [{ port: 8080, protocol: "TCP" }] }],
    });
  });

  test("has a public name at the Gateway, and no limit of time for what is sent", () => {
    expect(specOf("HTTPRoute/object-store-gateway")).toMatchObject({
      parentRefs: [{ name: "gateway", sectionName: "object-store" }],
      rules: [{ backendRefs: [{ name: "object-store-gateway", port: 8080 }], timeouts: { request: "0s" } }],
    });
  });

  test("is not there where nobody asked", () => {
    const { model } = rendered({ keystone: {} }, withDisks);
    expect(model.instances.map(({ name }) => name)).not.toContain("object-store");
  });
});

test("a user of the store has the keys that its Secret says, and stays when it leaves Git", () => {
  expect(objects["CephObjectStoreUser/backups"]).toMatchObject({
    metadata: { annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } },
    spec: {
      keys: [
        {
          accessKeyRef: { key: "access-key", name: "object-store-backups" },
          secretKeyRef: { key: "secret-key", name: "object-store-backups" },
        },
      ],
      store: "object-store",
    },
  });
});

describe("where the inside is encrypted", () => {
  const inside = clusterWith({});
  const own = renderingOf(inside, "object-store").objects;

  test("gateways speak TLS alone, with a certificate for the names that the Gateway and Rook use", () => {
    expect(specOf("CephObjectStore/object-store", own).gateway).toMatchObject({
      securePort: 8080,
      sslCertificateRef: "object-store-internal-tls",
    });
    expect(specOf("CephObjectStore/object-store", own).gateway).not.toHaveProperty("port");
    const certificate = certificates(inside.model).filter(
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
