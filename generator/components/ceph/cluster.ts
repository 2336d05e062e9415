import { byKey } from "../../base/data.ts";
import type { Resources } from "../../contract/context.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import { keepAnnotations, labels, objectName, placed } from "../../kit/names.ts";
import { resources, spreading } from "../../kit/pod.ts";
import { deviceSets } from "./claims.ts";
import { apiVersion, type CephContext, capacities, domainCount, type Host, usualSize } from "./options.ts";
import { nodesWith } from "./placement.ts";
import { clientConfig } from "./pools.ts";

/**
 * The custom resource that Rook makes the daemons of. Nothing in it lets anybody destroy data: no confirmation of a clean-up
 * (https://rook.io/docs/rook/latest/Getting-Started/ceph-teardown/), no disk that is not named, no daemon that goes by itself.
 */
export const cluster = (ctx: CephContext): Placed =>
  placed("run", {
    apiVersion,
    kind: "CephCluster",
    metadata: { name: objectName(ctx), labels: labels(ctx, "mon"), annotations: { ...keepAnnotations } },
    spec: {
      ...ofAllPods(ctx),
      ...clientSettings(ctx),
      cephVersion: { image: ctx.image() },
      continueUpgradeAfterChecksEvenIfNotHealthy: false,
      crashCollector: { daysToRetain: 30 },
      dashboard: { enabled: ctx.options.dashboard, ssl: true },
      dataDirHostPath: "/var/lib/rook",
      // Rook lets one failure domain go at a time, and keeps Ceph from moving its data for half an hour:
      // https://rook.io/docs/rook/latest/CRDs/Cluster/ceph-cluster-crd/#cluster-settings
      disruptionManagement: { managePodBudgets: true, osdMaintenanceTimeout: 30 },
      healthCheck: { muteHealthWarning: mutedWarnings },
      mgr: { allowMultiplePerNode: false, count: ctx.profile === "production" ? 2 : 1 },
      mon: { allowMultiplePerNode: false, count: ctx.scaling("mon").replicas },
      network: network(ctx),
      placement: placement(ctx),
      priorityClassNames: priorities(ctx),
      removeOSDsIfOutAndSafeToRemove: false,
      resources: Object.fromEntries(
        Object.entries(amounts(ctx)).map(([role, fallback]) => [role, resources(ctx, role, fallback)]),
      ),
      security: { cephx: { csi: csiKeys } },
      skipUpgradeChecks: false,
      storage: storage(ctx),
      upgradeOSDRequiresHealthyPGs: true,
    },
  });

/**
 * Clients keep keys of the older type: librados of the releases' images need not know the newer one. Tickets are of the newer type all
 * the same, since the daemons' keys are, and that is what CVE-2025-30156 is mended by:
 * https://rook.io/docs/rook/latest/Storage-Configuration/Advanced/cephx-key-rotation/
 */
const mutedWarnings = Object.fromEntries(
  ["AUTH_INSECURE_CLIENT_KEY_TYPE", "AUTH_INSECURE_KEYS_ALLOWED", "AUTH_INSECURE_KEYS_CREATABLE"].map((warning) => [
    warning,
    { policy: "mute" },
  ]),
);

/**
 * The kernel of a node mounts volumes, and knows the newer type of keys from 7.0 on. Of keys that change, one stays for what is mounted:
 * https://rook.io/docs/rook/v1.20/Storage-Configuration/Advanced/cephx-key-rotation/#csi-keys
 */
const csiKeys = { keepPriorKeyCountMax: 1, keyType: "aes" };

const clientSettings = (ctx: CephContext): object => {
  const settings = clientConfig(ctx);
  return Object.keys(settings).length === 0 ? {} : { cephConfig: settings };
};

const ofAllPods = ({ pod: { labels: own, annotations } }: CephContext): object => ({
  ...(annotations === undefined ? {} : { annotations: { all: annotations } }),
  ...(own === undefined ? {} : { labels: { all: own } }),
});

/** The network of the nodes: disks of machines must not hang on that of the pods. Rook cannot change it later. */
const network = ({ internalTls, ipFamilies, options: { networks } }: CephContext): object => ({
  ...(networks === undefined ? {} : { addressRanges: networks }),
  connections: { encryption: { enabled: internalTls !== "none" }, requireMsgr2: true },
  ...(ipFamilies[0] === "IPv6" ? { ipFamily: "IPv6" } : {}),
  provider: "host",
});

/** Rook keeps monitors apart by host. Disks decide where the daemons of the disks run, so no label of a node does. */
function placement(ctx: CephContext): object {
  const { nodeSelector, tolerations } = ctx.pod;
  const chosen = nodesWith(nodeSelector ?? {});
  const spread = (role: string) => ({
    topologySpreadConstraints: spreading(ctx, role, { app: `rook-ceph-${role}` }).topologySpreadConstraints,
  });
  return {
    ...(tolerations === undefined ? {} : { all: { tolerations } }),
    mgr: { ...chosen, ...spread("mgr") },
    mon: { ...chosen, ...spread("mon") },
  };
}

const priorities = ({ pod: { priorityClassName } }: CephContext): object =>
  priorityClassName === undefined
    ? { mgr: "system-cluster-critical", mon: "system-node-critical", osd: "system-node-critical" }
    : { mgr: priorityClassName, mon: priorityClassName, osd: priorityClassName };

/** Rook derives the size of an OSD's cache from its memory, and refuses less than 2 GiB. */
const amounts = ({ profile }: CephContext): Readonly<Record<"mgr" | "mon" | "osd", Resources>> => {
  const of = (cpu: string, request: string, memory: string): Resources => ({
    requests: { cpu, memory: request },
    limits: { memory },
  });
  return profile === "production"
    ? { mgr: of("500m", "1Gi", "2Gi"), mon: of("500m", "2Gi", "2Gi"), osd: of("1", "4Gi", "4Gi") }
    : { mgr: of("100m", "256Mi", "1Gi"), mon: of("100m", "256Mi", "1Gi"), osd: of("100m", "1Gi", "2Gi") };
};

/** Where the data lies: hosts that are named, and on them disks that are named; or volumes that are claimed. */
function storage(ctx: CephContext): object {
  const { hosts, claims, devices, encryptedDevices } = ctx.options;
  if (Object.keys(claims).length > 0)
    return {
      // An enlarged volume holds more data: else Ceph would go on as if it were the smaller one.
      allowOsdCrushWeightUpdate: true,
      ...ratios(ctx.options),
      storageClassDeviceSets: deviceSets(ctx),
      useAllDevices: false,
      useAllNodes: false,
    };
  const { profile, options } = ctx;
  const hasHosts = Object.keys(hosts).length > 0 || profile === "production";
  return {
    config: { encryptedDevice: String(encryptedDevices) },
    ...ratios(options),
    ...(hasHosts
      ? {
          nodes: Object.entries(hosts)
            .sort(byKey)
            .map(([name, host]) => ({ name, ...disks(host.devices ?? devices) })),
          useAllDevices: false,
          useAllNodes: false,
        }
      : { ...disks(devices), useAllDevices: false, useAllNodes: true }),
  };
}

const disks = (devices: NonNullable<Host["devices"]>): object =>
  Array.isArray(devices) ? { devices: devices.map((name) => ({ name })) } : { devicePathFilter: devices.pattern };

/**
 * Shares of the room that may be taken. Ceph warns from the one on at which the others could no longer take in what a lost failure
 * domain held; with no domain to spare nothing is moved, and its own default stays.
 */
function ratios(options: CephContext["options"]): object {
  const { failureDomain } = options;
  const backfillFullRatio = 0.9;
  const domains = domainCount(options, failureDomain);
  const rooms = capacities(options, failureDomain) ?? Array.from({ length: domains }, () => 1);
  const all = rooms.reduce((sum, each) => sum + each, 0);
  const roomy = Math.floor(((all - Math.max(...rooms)) / all) * backfillFullRatio * 100) / 100;
  return { backfillFullRatio, fullRatio: 0.95, nearFullRatio: domains > usualSize ? Math.min(0.85, roomy) : 0.85 };
}
