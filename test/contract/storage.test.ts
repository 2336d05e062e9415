import { describe, expect, test } from "vitest";
import { type Cluster, recordedStateOf } from "../../generator/fleet/one-cluster.ts";
import { clusterOf, mistakes, rendered } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";
import { catalogue, withDisks } from "./storage.ts";

const rbd = { stores: { ceph: { type: "rbd" } } };
const cluster = rendered({ keystone: {}, warehouse: {}, reader: {}, glance: rbd }, withDisks, catalogue);
const ceph = renderingOf(cluster, "ceph").objects;
const specOf = (name: string) => ceph[name]!.spec as Record<string, unknown>;
const rulesOf = (name: string) => (ceph[name] as unknown as { rules: { resourceNames: string[] }[] }).rules;

describe("a pool", () => {
  test("is made once for all that write to it, and never for one that reads alone", () => {
    const pools = Object.keys(ceph).filter((name) => name.startsWith("CephBlockPool/"));
    expect(pools.sort()).toEqual(["CephBlockPool/builtin-mgr", "CephBlockPool/images", "CephBlockPool/volumes"]);
  });

  test("keeps three copies on three hosts, and is written to while two of them are there", () => {
    expect(specOf("CephBlockPool/volumes")).toMatchObject({
      failureDomain: "host",
      parameters: { min_size: "2" },
      replicated: { requireSafeReplicaSize: true, size: 3 },
    });
  });

  test("has one copy in development, on whatever disk there is", () => {
    const small = renderingOf(
      rendered({ keystone: {}, glance: rbd }, { profile: "development", kubernetes: withDisks.kubernetes }),
      "ceph",
    ).objects;
    expect(small["CephBlockPool/images"]!.spec).toMatchObject({ failureDomain: "osd", replicated: { size: 1 } });
    expect(small["CephCluster/ceph"]!.spec).toMatchObject({
      mon: { count: 1 },
      mgr: { count: 1 },
      storage: { useAllDevices: false, useAllNodes: true, devicePathFilter: "^/dev/disk/by-partlabel/ceph-" },
    });
  });
});

describe("a pool of two instances of one service", () => {
  const two = { keystone: {}, warehouse: {}, "warehouse-two": {} };
  const said = (cluster: Cluster) =>
    cluster.issues.flatMap(({ code, severity, message }) => (code === "shared-pool" ? [[severity, message]] : []));

  test("is refused, since neither sees the other", () => {
    expect(said(clusterOf(two, withDisks, catalogue))).toEqual([
      ["error", expect.stringMatching(/^warehouse and warehouse-two would both write to the pool volumes of ceph/)],
    ]);
  });

  test("is warned of where both run already: their data is there", () => {
    const recorded = JSON.parse(JSON.stringify(recordedStateOf(clusterOf(two, withDisks, catalogue).model!)));
    expect(said(clusterOf(two, withDisks, catalogue, recorded))).toMatchObject([["warning", expect.anything()]]);
  });

  test("may be read by both", () => {
    const readers = { keystone: {}, reader: {}, "reader-two": {} };
    expect(said(clusterOf(readers, withDisks, catalogue))).toEqual([]);
  });
});

describe("a client", () => {
  test("has a user of its own, who may do what it needs and nothing else", () => {
    expect(specOf("CephClient/warehouse").caps).toEqual({
      mgr: "profile rbd-read-only pool=images, profile rbd pool=volumes",
      mon: "profile rbd",
      osd: "profile rbd-read-only pool=images, profile rbd pool=volumes",
    });
    expect(specOf("CephClient/glance").caps).toMatchObject({ osd: "profile rbd pool=images" });
    expect(specOf("CephClient/reader").caps).toMatchObject({ osd: "profile rbd-read-only pool=pictures" });
  });

  test("may read its own key and where the monitors are, by the account of its Job", () => {
    expect(rulesOf("Role/ceph-warehouse-reader").map(({ resourceNames }) => resourceNames)).toEqual([
      ["rook-ceph-client-warehouse"],
      ["rook-ceph-mon-endpoints"],
    ]);
    expect(ceph["RoleBinding/ceph-warehouse-reader"]).toMatchObject({
      metadata: { namespace: "rook-ceph" },
      subjects: [{ kind: "ServiceAccount", name: "warehouse-find-storage", namespace: "openstack-services" }],
    });
  });

  test("lends its user to its parts, which have none, and read no key of the provider", () => {
    const { volumes } = podOf(renderingOf(cluster, "shelf").objects["Deployment/shelf-sorter"]);
    expect(volumes).toContainEqual({
      name: "storage",
      secret: { secretName: "warehouse-storage", defaultMode: 0o440 },
    });
    expect(Object.keys(ceph).filter((name) => name.includes("shelf"))).toEqual([]);
    expect(specOf("CephClient/warehouse").caps).toMatchObject({ osd: expect.stringContaining("images") });
  });

  test("waits for its Secret, which a Job makes before its pods start, and a cron follows", () => {
    const { objects } = renderingOf(cluster, "warehouse");
    const { volumes } = podOf(objects["Deployment/warehouse-keeper"]);
    expect(volumes).toContainEqual({
      name: "storage",
      secret: { secretName: "warehouse-storage", defaultMode: 0o440 },
    });
    for (const name of ["Job/warehouse-find-storage", "CronJob/warehouse-find-storage"])
      expect(podOf(objects[name]).main.env).toEqual(
        expect.arrayContaining([
          { name: "SECRET", value: "warehouse-storage" },
          { name: "FROM_NAMESPACE", value: "rook-ceph" },
        ]),
      );
  });

  test("gets out to the nodes at the ports of Ceph, and not at others", () => {
    const { spec } = renderingOf(cluster, "warehouse").objects["NetworkPolicy/warehouse-egress"]!;
    expect((spec as { egress: unknown[] }).egress).toContainEqual({
      to: [{ ipBlock: { cidr: "192.0.2.0/24" } }, { ipBlock: { cidr: "2001:db8::/64" } }],
      ports: [
        { port: 3300, protocol: "TCP" },
        { port: 6789, protocol: "TCP" },
        { port: 6800, endPort: 7568, protocol: "TCP" },
      ],
    });
  });

  test("has two users while its key changes: one that runs keeps what it has", () => {
    const rotating = { ...rbd, credentials: { storage: { generation: 2, alsoValid: 1 } } };
    const both = rendered({ keystone: {}, glance: rotating }, withDisks);
    const users = renderingOf(both, "ceph").objects;
    const isKept = (name: string) => users[name]!.metadata.annotations?.["kustomize.toolkit.fluxcd.io/prune"];
    expect([isKept("CephClient/glance"), isKept("CephClient/glance-g2")]).toEqual([undefined, "disabled"]);
    const { objects, configMaps } = renderingOf(both, "glance");
    expect(JSON.stringify(podOf(objects["Deployment/glance-api"]).volumes)).toContain('"glance-storage-g2"');
    expect(JSON.stringify(configMaps)).toContain("rbd_store_user = glance-g2");
    const { initContainers = [], main } = podOf(objects["Job/glance-find-storage"]);
    expect([...initContainers.map(({ name }) => name), main.name]).toEqual(["find-storage", "find-storage-g2"]);
  });
});

describe("a Ceph cluster outside", () => {
  const uses = { storage: { monitors: ["mon-1.example.org", "2001:db8::7"], user: "eu1-images", tls: "msgr2" } };
  const outside = rendered({ keystone: {}, glance: { ...rbd, uses } });
  const { objects, configMaps } = renderingOf(outside, "glance");

  test("needs no Ceph here, no Job, and one keyring that the operator gives", () => {
    expect(outside.model.instances.map(({ name }) => name)).not.toContain("ceph");
    expect(Object.keys(objects).filter((name) => name.includes("find-storage"))).toEqual([]);
    expect(JSON.stringify(podOf(objects["Deployment/glance-api"]).volumes)).toContain('"glance-storage"');
  });

  test("is asked encrypted, as the user that it has there", () => {
    const text = JSON.stringify(configMaps);
    expect(text).toContain("mon_host = mon-1.example.org,[2001:db8::7]");
    expect(text).toContain("ms_mon_client_mode = secure");
    expect(text).toContain("rbd_store_user = eu1-images");
    expect(text).toContain("rbd_store_ceph_conf = /etc/glance/storage-outside.ceph.conf");
  });
});

test("a store with monitors of its own stays as it is", () => {
  const own = { stores: { ceph: { type: "rbd", monitors: ["10.0.0.1"], secret: "glance-ceph" } } };
  const alone = rendered({ keystone: {}, glance: own });
  expect(alone.model.instances.map(({ name }) => name)).not.toContain("ceph");
  const text = JSON.stringify(renderingOf(alone, "glance").configMaps);
  expect(text).toContain("rbd_store_user = glance");
  expect(text).toContain("mon_host = 10.0.0.1");
});

test("what is not there is said before anything is written", () => {
  expect(mistakes({ keystone: {}, glance: rbd }).map(([code]) => code)).toEqual(["no-node-networks", "no-disks"]);
});
