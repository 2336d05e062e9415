import { byKey } from "../../base/data.ts";
import type { DataConstraint } from "../../contract/component.ts";
import { bytes, canonicalQuantity } from "../../kit/quantity.ts";
import type { CephContext, Claims, Options } from "./options.ts";
import { nodesWith } from "./placement.ts";

/**
 * Sets of volumes that Rook claims, each for one daemon:
 * https://rook.io/docs/rook/v1.20/CRDs/Cluster/ceph-cluster-crd/#storage-class-device-sets
 */
export const deviceSets = (ctx: CephContext): object[] =>
  setsOf(ctx.options).map(([name, claims]) => ({
    count: countOf(claims),
    ...(claims.encrypted ? { encrypted: true } : {}),
    name,
    placement: { ...nodesWith(nodesOf(claims)), ...spread(claims, { whenUnsatisfiable: "ScheduleAnyway" }) },
    portable: claims.portable,
    // Where a volume is prepared decides where it stays. A full node must not take the share of another one. Development has one node.
    preparePlacement: {
      ...nodesWith(nodesOf(claims)),
      ...spread(
        claims,
        ctx.profile === "production"
          ? { minDomains: claims.nodes, whenUnsatisfiable: "DoNotSchedule" }
          : { whenUnsatisfiable: "ScheduleAnyway" },
      ),
    },
    volumeClaimTemplates: [
      {
        metadata: {
          ...(claims.deviceClass === undefined ? {} : { annotations: { crushDeviceClass: claims.deviceClass } }),
          name: "data",
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: canonicalQuantity(claims.size) } },
          storageClassName: claims.storageClass,
          volumeMode: "Block",
        },
      },
    ],
  }));

const setsOf = ({ claims }: Pick<Options, "claims">): [name: string, Claims][] => Object.entries(claims).sort(byKey);

const countOf = ({ nodes, perNode }: Claims): number => nodes * perNode;

/** Labels of the nodes of a set. */
export const nodesOf = ({ zone, rack, nodeSelector }: Claims): Readonly<Record<string, string>> => ({
  ...nodeSelector,
  ...(zone === undefined ? {} : { "topology.kubernetes.io/zone": zone }),
  ...(rack === undefined ? {} : { "topology.rook.io/rack": rack }),
});

/**
 * Evenly over the nodes. Pods that prepare a volume bear no name of their set, so all daemons of disks there are counted, of the same sort
 * where the sort is said: https://github.com/rook/rook/blob/v1.20.6/pkg/operator/ceph/cluster/osd/provision_spec.go
 */
const spread = ({ deviceClass }: Claims, rule: object): object => ({
  topologySpreadConstraints: [
    {
      labelSelector: {
        matchExpressions: [
          { key: "app", operator: "In", values: ["rook-ceph-osd", "rook-ceph-osd-prepare"] },
          ...(deviceClass === undefined ? [] : [{ key: "device-class", operator: "In", values: [deviceClass] }]),
        ],
      },
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      ...rule,
    },
  ],
});

/** Volumes in use: Rook makes further ones, enlarges them, and takes none away. */
export const claimData = ({ options }: CephContext): DataConstraint[] =>
  setsOf(options).flatMap(([name, claims]): DataConstraint[] => {
    const labels = Object.entries(nodesOf(claims)).sort(byKey);
    const nodes = labels.length === 0 ? "any nodes" : `nodes with ${labels.map((pair) => pair.join("=")).join(", ")}`;
    const place = `of ${claims.storageClass}, on ${nodes}${claims.portable ? ", portable" : ""}`;
    const encryption = claims.encrypted ? "encrypted" : "not encrypted";
    const volumes = countOf(claims);
    return [
      {
        key: `claims ${name}`,
        value: place,
        shown: place,
        rule: "keep",
        what: `the volumes ${name}`,
        consequence:
          "Volumes that are there stay of their class and on their nodes, and their daemons could not start elsewhere. Write another set, and take the volumes of this one out: docs/storage.md says how.",
      },
      {
        key: `claims ${name} encryption`,
        value: encryption,
        shown: encryption,
        rule: "fixed",
        what: `what lies on the volumes ${name}`,
        consequence:
          "Rook would start the daemons of all volumes of the set as if it were so already: write another set, encrypted.",
      },
      {
        key: `claims ${name} count`,
        value: volumes,
        shown: `${volumes} volumes`,
        rule: "less",
        what: `the set ${name}`,
        consequence:
          "Rook takes no volume away: after the commit you take out those that are too many, one by one. docs/storage.md says how.",
      },
      {
        key: `claims ${name} size`,
        value: bytes(claims.size)!,
        shown: claims.size,
        rule: "grow",
        what: `each volume of the set ${name}`,
        consequence: "A volume cannot shrink: write another set with smaller volumes.",
      },
    ];
  });
