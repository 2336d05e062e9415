import type { Placed } from "../../contract/kubernetes.ts";
import { labels, objectName, placed } from "../../kit/names.ts";
import type { CephContext } from "./options.ts";

const apiVersion = "monitoring.coreos.com/v1";

/** What Prometheus Operator is told: where the metrics are, and when somebody has to look. Nothing where nobody asked. */
export const monitoring = (ctx: CephContext): Placed[] =>
  ctx.options.monitoring === undefined
    ? []
    : [
        // The managers' metrics bear names of daemons as labels, which Prometheus would else call exported_….
        serviceMonitor(ctx, "mgr", { honorLabels: true, port: "http-metrics" }),
        serviceMonitor(ctx, "exporter", { port: "ceph-exporter-http-metrics" }),
        object(ctx, "PrometheusRule", "alerts", { groups: [{ name: `${ctx.instance}.alerts`, rules: rules() }] }),
      ];

/** Rook makes both Services: https://github.com/rook/rook/tree/v1.20.6/deploy/examples/monitoring */
const serviceMonitor = (ctx: CephContext, role: string, endpoint: object): Placed =>
  object(ctx, "ServiceMonitor", role, {
    endpoints: [{ interval: "15s", path: "/metrics", ...endpoint }],
    selector: { matchLabels: { app: `rook-ceph-${role}`, rook_cluster: ctx.namespace } },
  });

const object = (ctx: CephContext, kind: string, role: string, spec: object): Placed =>
  placed("run", {
    apiVersion,
    kind,
    metadata: { name: objectName(ctx, role), labels: { ...labels(ctx, role), ...ctx.options.monitoring?.labels } },
    spec,
  });

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: "critical" | "warning";
  readonly summary: string;
}

/** Names of health checks are Ceph's: https://docs.ceph.com/en/latest/rados/operations/health-checks/ */
const health = (...checks: readonly string[]): string => `ceph_health_detail{name=~"${checks.join("|")}"} == 1`;

const alerts: readonly Alert[] = [
  {
    alert: "CephSilent",
    expr: "absent(ceph_health_status)",
    for: "10m",
    severity: "critical",
    summary: "No manager of Ceph tells how it is.",
  },
  {
    alert: "CephHealthError",
    expr: "ceph_health_status == 2",
    for: "5m",
    severity: "critical",
    summary: "Ceph says HEALTH_ERR: ceph health detail tells what is wrong.",
  },
  {
    alert: "CephHealthWarning",
    expr: "ceph_health_status == 1",
    for: "30m",
    severity: "warning",
    summary: "Ceph has said HEALTH_WARN for half an hour: ceph health detail tells why.",
  },
  {
    alert: "CephDataUnavailable",
    expr: health("PG_AVAILABILITY", "PG_DAMAGED"),
    for: "2m",
    severity: "critical",
    summary: "Some data can be neither read nor written, or is damaged.",
  },
  {
    alert: "CephMonitorsAtRisk",
    expr: "sum(ceph_mon_quorum_status) * 2 <= count(ceph_mon_quorum_status) + 1 and count(ceph_mon_quorum_status) > 1",
    for: "1m",
    severity: "critical",
    summary: "One monitor more, and none of them decides any more: Ceph would stop.",
  },
  {
    alert: "CephDisksFilling",
    expr: health("OSD_NEARFULL", "OSD_BACKFILLFULL", "POOL_NEAR_FULL"),
    for: "10m",
    severity: "warning",
    summary: "Disks are so full that the others could not take in what a lost failure domain holds.",
  },
  {
    alert: "CephDisksFull",
    expr: health("OSD_FULL", "POOL_FULL"),
    for: "1m",
    severity: "critical",
    summary: "Disks are full: nothing can be written.",
  },
  {
    alert: "CephDiskDown",
    expr: health("OSD_DOWN", "OSD_HOST_DOWN"),
    for: "10m",
    severity: "warning",
    summary: "A disk, or a host with disks, is away.",
  },
];

const rules = (): object[] =>
  alerts.map(({ alert, expr, severity, summary, ...rest }) => ({
    alert,
    annotations: { summary },
    expr,
    for: rest.for,
    labels: { severity },
  }));
