import { describe, expect, test } from "vitest";
import { rendered } from "../family/clusters.ts";
import { renderingOf } from "../kit/tiny.ts";
import { withDisks } from "./storage.ts";

interface DeviceSet {
  readonly name: string;
  readonly count: number;
  readonly portable: boolean;
  readonly encrypted?: boolean;
  readonly placement: Placement;
  readonly preparePlacement: Placement;
  readonly volumeClaimTemplates: readonly { readonly metadata: object; readonly spec: object }[];
}
interface Placement {
  readonly nodeAffinity?: object;
  readonly topologySpreadConstraints: readonly { readonly [key: string]: unknown }[];
}

const storageOf = (ceph: object, root: object = {}) => {
  const cluster = rendered(
    { keystone: {} },
    { ...withDisks, ...root, infrastructure: { mariadb: { backup: "none" }, ceph } },
  );
  const { spec } = renderingOf(cluster, "ceph").objects["CephCluster/ceph"]!;
  return (spec as { storage: Record<string, unknown> & { storageClassDeviceSets: readonly DeviceSet[] } }).storage;
};
const local = { storageClass: "local-disks", size: "2Ti", nodes: 4, perNode: 2 };

describe("claimed volumes of local disks", () => {
  const storage = storageOf({ claims: { local: { ...local, deviceClass: "nvme", encrypted: true } } });
  const [set] = storage.storageClassDeviceSets;

  test("are as many as the nodes have together, raw, of the class that is named", () => {
    expect(set).toMatchObject({ name: "local", count: 8, portable: false, encrypted: true });
    expect(set!.volumeClaimTemplates).toEqual([
      {
        metadata: { annotations: { crushDeviceClass: "nvme" }, name: "data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "2Ti" } },
          storageClassName: "local-disks",
          volumeMode: "Block",
        },
      },
    ]);
  });

  test("are prepared evenly on as many nodes as were computed with, and wait where there are fewer", () => {
    expect(set!.preparePlacement.topologySpreadConstraints).toEqual([
      {
        labelSelector: {
          matchExpressions: [
            { key: "app", operator: "In", values: ["rook-ceph-osd", "rook-ceph-osd-prepare"] },
            { key: "device-class", operator: "In", values: ["nvme"] },
          ],
        },
        maxSkew: 1,
        minDomains: 4,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "DoNotSchedule",
      },
    ]);
  });

  test("run where their volume is, whatever else is lost there", () => {
    expect(set!.placement.topologySpreadConstraints[0]).toMatchObject({ whenUnsatisfiable: "ScheduleAnyway" });
    expect(set!.placement.topologySpreadConstraints[0]).not.toHaveProperty("minDomains");
  });

  test("are the only disks that Ceph takes, and hold more when they are enlarged", () => {
    expect(storage).toMatchObject({ allowOsdCrushWeightUpdate: true, useAllDevices: false, useAllNodes: false });
    expect(Object.keys(storage)).not.toContain("nodes");
    expect(Object.keys(storage)).not.toContain("devicePathFilter");
  });
});

test("volumes of a cloud lie in their zone, and follow to other nodes of it", () => {
  const cloud = { storageClass: "cloud", size: "1Ti", portable: true };
  const zones = Object.fromEntries(["a", "b", "c"].map((zone) => [zone, { ...cloud, zone }]));
  const { storageClassDeviceSets } = storageOf({ failureDomain: "zone", claims: zones }, { zones: ["a", "b", "c"] });
  expect(storageClassDeviceSets.map(({ name, count, portable }) => [name, count, portable])).toEqual([
    ["a", 3, true],
    ["b", 3, true],
    ["c", 3, true],
  ]);
  const inZone = {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values: ["a"] }] },
      ],
    },
  };
  const [{ placement, preparePlacement }] = storageClassDeviceSets as [DeviceSet];
  expect([placement.nodeAffinity, preparePlacement.nodeAffinity]).toEqual([inZone, inZone]);
});

test("Ceph warns of full volumes as soon as the others could not take in what one node holds", () => {
  expect(storageOf({ claims: { local: { ...local, nodes: 5 } } })).toMatchObject({ nearFullRatio: 0.72 });
  expect(storageOf({ claims: { local: { ...local, nodes: 3 } } })).toMatchObject({ nearFullRatio: 0.85 });
});

test("one node of a development cluster takes all volumes", () => {
  const { storageClassDeviceSets } = storageOf({ claims: { local } }, { profile: "development" });
  const [constraint] = storageClassDeviceSets[0]!.preparePlacement.topologySpreadConstraints;
  expect(constraint).toMatchObject({ whenUnsatisfiable: "ScheduleAnyway" });
});
