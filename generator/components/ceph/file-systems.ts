import type { DataConstraint } from "../../contract/component.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import { keepAnnotations, labels, placed } from "../../kit/names.ts";
import { resources, spreading } from "../../kit/pod.ts";
import { inCopies } from "./copies.ts";
import { apiVersion, type CephContext, fileDataPool, type Pool, poolOf } from "./options.ts";

/** Pools of file systems say nothing of their own in `pools`: what is special about one stands at the file system. */
const poolsOfFiles = (ctx: CephContext): Pool[] =>
  Object.entries(ctx.options.fileSystems)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => poolOf(name, ctx, own));

/** File systems that many nodes mount at once. One server of metadata works, and another one follows it and takes over. */
export const fileSystems = (ctx: CephContext): Placed[] =>
  poolsOfFiles(ctx).map((pool) =>
    placed("run", {
      apiVersion,
      kind: "CephFilesystem",
      metadata: { name: pool.name, labels: labels(ctx, "mds"), annotations: { ...keepAnnotations } },
      spec: {
        dataPools: [{ name: fileDataPool, ...inCopies(pool, { bulk: "true", compression_mode: pool.compression }) }],
        metadataPool: inCopies(pool),
        metadataServer: {
          activeCount: 1,
          activeStandby: ctx.profile === "production",
          placement: {
            topologySpreadConstraints: spreading(ctx, "mds", { app: "rook-ceph-mds", rook_file_system: pool.name })
              .topologySpreadConstraints,
          },
          ...(ctx.pod.priorityClassName === undefined ? {} : { priorityClassName: ctx.pod.priorityClassName }),
          resources: resources(ctx, "mds", {
            requests: { cpu: ctx.profile === "production" ? "500m" : "100m", memory: "1Gi" },
            limits: { memory: ctx.profile === "production" ? "4Gi" : "1Gi" },
          }),
        },
        preserveFilesystemOnDelete: true,
      },
    }),
  );

export const fileData = (ctx: CephContext): DataConstraint[] =>
  poolsOfFiles(ctx).map(({ name, size, failureDomain, deviceClass }) => {
    const value = `${size} copies, each in another ${failureDomain}${deviceClass === undefined ? "" : `, on ${deviceClass}`}`;
    return {
      key: `file system ${name}`,
      value,
      shown: value,
      rule: "keep",
      what: `the file system ${name}`,
      consequence: "A file system that goes stays in Ceph with its data, and nobody maintains it.",
    };
  });
