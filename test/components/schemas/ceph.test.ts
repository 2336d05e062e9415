import { describe, expect, inject, test } from "vitest";
import { withDisks } from "../../contract/storage.ts";
import { rendered } from "../../family/clusters.ts";
import { renderingOf } from "../../kit/tiny.ts";
import { createJudge } from "../../schemas/judge.ts";
import { withoutNewer } from "../../schemas/newer.ts";
import type { KubernetesObject } from "../../tools/kustomize.ts";

/* What the golden clusters cannot show of Ceph: there is one in a cluster, and it lies on hosts there. */

const judge = createJudge(inject("archives"));
const findings = (object: KubernetesObject) =>
  judge(withoutNewer(object).object).map((finding) => `${object.kind} ${object.metadata.name}: ${finding}`);

const claims = {
  a: { storageClass: "local", size: "2Ti", zone: "a", nodes: 4, perNode: 2, deviceClass: "ssd", encrypted: true },
  b: { storageClass: "cloud", size: "2Ti", zone: "b", rack: "1", nodeSelector: { "example.org/disks": "many" } },
  c: { storageClass: "cloud", size: "2Ti", zone: "c", portable: true },
};

describe("Ceph on claimed volumes", () => {
  const ceph = { failureDomain: "zone", claims };
  const cluster = rendered({ keystone: {} }, { ...withDisks, infrastructure: { mariadb: { backup: "none" }, ceph } });

  test("fits the schemas of its kinds", () => {
    const { objects } = renderingOf(cluster, "ceph");
    expect(Object.keys(objects)).toContain("CephCluster/ceph");
    expect((Object.values(objects) as unknown as KubernetesObject[]).flatMap(findings)).toEqual([]);
  });
});

describe("an object store", () => {
  const users = { backups: { buckets: ["mariadb"], quota: "2Ti" }, reader: {} };
  const hosts = Object.fromEntries(["1", "2", "3", "4", "5"].map((each) => [`s${each}`, {}]));

  test.each([
    ["in chunks, with TLS", { erasureCoded: { data: 2, coding: 2 }, deviceClass: "ssd" }, {}],
    ["in copies, without TLS", { size: 4, compression: "force" }, { internal: { tls: "none" } }],
  ])("%s, fits the schemas of its kinds", (_, pools, more) => {
    const ceph = { hosts, deviceClass: "ssd", objectStore: { ...pools, users } };
    const infrastructure = { mariadb: { backup: "none" }, ceph };
    const cluster = rendered({ keystone: {} }, { ...withDisks, infrastructure, ...more });
    const { objects } = renderingOf(cluster, "object-store");
    expect(Object.keys(objects)).toEqual(
      expect.arrayContaining(["CephObjectStore/object-store", "CephObjectStoreUser/backups"]),
    );
    expect((Object.values(objects) as unknown as KubernetesObject[]).flatMap(findings)).toEqual([]);
  });
});
