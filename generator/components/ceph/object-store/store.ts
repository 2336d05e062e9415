import type { z } from "zod";
import type { DataConstraint } from "../../../contract/component.ts";
import type { ClusterValues, Context } from "../../../contract/context.ts";
import type { Placed } from "../../../contract/kubernetes.ts";
import { keepAnnotations, labels, objectName, placed } from "../../../kit/names.ts";
import { Service } from "../../../kit/objects.ts";
import { resources, spreading } from "../../../kit/pod.ts";
import { certificateSecret, speaksHttps } from "../../../kit/tls.ts";
import { disruptionBudget } from "../../../kit/workload.ts";
import { inCopies } from "../copies.ts";
import { apiVersion, type options as cephOptions, type Pool, poolOf, type storeOptions } from "../options.ts";
import { nodesWith } from "../placement.ts";
import { identity, identityFiles } from "./identity.ts";

type StoreOptions = z.output<z.ZodObject<typeof storeOptions>>;
export type StoreContext = Context<
  Omit<StoreOptions, "failureDomain"> & Pick<z.output<typeof cephOptions>, "failureDomain" | "deviceClass">
>;

export const role = "gateway";
/** Not below 1024: the gateways are no root. */
export const port = 8080;

/** Labels of the gateways: https://github.com/rook/rook/blob/v1.20.6/pkg/operator/ceph/object/spec.go */
export const gatewayLabels = (instance: string): Record<string, string> => ({
  app: "rook-ceph-rgw",
  rook_object_store: instance,
});

const poolOfStore = ({ instance, profile, options: { failureDomain, deviceClass, ...own } }: StoreContext): Pool =>
  poolOf(instance, { profile, options: { failureDomain, deviceClass, pools: {} } }, own);

/**
 * The store, and before its gateways the Service that the Gateway and pods know. They have the network of the pods, where policies reach
 * them: to the other daemons they are clients. Rook keeps no disruption budget for them.
 */
export function store(ctx: StoreContext & ClusterValues): Placed[] {
  const pool = poolOfStore(ctx);
  const matchLabels = gatewayLabels(ctx.instance);
  return [
    placed("run", {
      apiVersion,
      kind: "CephObjectStore",
      metadata: { name: ctx.instance, labels: labels(ctx, role), annotations: { ...keepAnnotations } },
      spec: {
        dataPool: dataPool(pool),
        gateway: gateway(ctx),
        metadataPool: inCopies(pool),
        preservePoolsOnDelete: true,
      },
    }),
    placed(
      "run",
      Service({
        metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
        spec: {
          ports: [{ name: role, port, protocol: "TCP", targetPort: port }],
          selector: matchLabels,
          type: "ClusterIP",
        },
      }),
    ),
    disruptionBudget(ctx, role, matchLabels),
  ];
}

const gateway = (ctx: StoreContext & ClusterValues): object => ({
  ...identityFiles(ctx),
  ...(ctx.pod.annotations === undefined ? {} : { annotations: ctx.pod.annotations }),
  hostNetwork: false,
  instances: ctx.scaling(role).replicas,
  ...(ctx.pod.labels === undefined ? {} : { labels: ctx.pod.labels }),
  placement: placement(ctx),
  priorityClassName: ctx.pod.priorityClassName ?? "system-cluster-critical",
  resources: resources(ctx, role, {
    requests: { cpu: ctx.profile === "production" ? "500m" : "100m", memory: "512Mi" },
    limits: { memory: "2Gi" },
  }),
  rgwConfig: identity(ctx),
  ...(speaksHttps(ctx) ? { securePort: port, sslCertificateRef: certificateSecret(ctx) } : { port }),
});

/** In production each on another node. Rook adds how they leave a lost one. */
function placement(ctx: StoreContext): object {
  const matchLabels = gatewayLabels(ctx.instance);
  const { nodeSelector, tolerations } = ctx.pod;
  const apart = [{ labelSelector: { matchLabels }, topologyKey: "kubernetes.io/hostname" }];
  return {
    ...nodesWith(nodeSelector ?? {}),
    ...(ctx.profile === "production"
      ? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: apart } }
      : {}),
    ...(tolerations === undefined ? {} : { tolerations }),
    topologySpreadConstraints: spreading(ctx, role, matchLabels).topologySpreadConstraints,
  };
}

/** What is in the objects: in copies, or in chunks. What they are called, and whose they are, lies in copies always. */
function dataPool(pool: Pool): object {
  const parameters = { bulk: "true", compression_mode: pool.compression };
  if (pool.chunks === undefined) return inCopies(pool, parameters);
  const { data, coding } = pool.chunks;
  return {
    ...(pool.deviceClass === undefined ? {} : { deviceClass: pool.deviceClass }),
    erasureCoded: { codingChunks: coding, dataChunks: data },
    failureDomain: pool.failureDomain,
    parameters: { ...parameters, min_size: String(data + 1) },
  };
}

/** What an edit must not do to objects unnoticed. */
export function storeData(ctx: StoreContext): DataConstraint[] {
  const { size, failureDomain, deviceClass, chunks } = poolOfStore(ctx);
  const value = `${size} copies, each in another ${failureDomain}${deviceClass === undefined ? "" : `, on ${deviceClass}`}`;
  const cut = chunks === undefined ? "copies" : `${chunks.data}+${chunks.coding} chunks`;
  return [
    {
      key: "store",
      value,
      shown: value,
      rule: "keep",
      what: "the object store",
      consequence:
        "A store that goes stays in Ceph with its objects, and nobody maintains it. Another failure domain or class moves all of them; fewer copies survive less.",
    },
    {
      key: "store data",
      value: cut,
      shown: cut,
      rule: "fixed",
      what: "how the object store keeps its data",
      consequence: "Ceph makes no chunks of copies, no copies of chunks and no other chunks in a pool that is there.",
    },
    ...Object.keys(ctx.options.users)
      .sort()
      .map(
        (user): DataConstraint => ({
          key: `user ${user}`,
          value: "there",
          shown: "there",
          rule: "keep",
          what: `the user ${user} of the object store`,
          consequence: "The user stays in Ceph with its buckets, and keeps its keys.",
        }),
      ),
  ];
}
