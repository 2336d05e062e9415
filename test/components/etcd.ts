import type { Family } from "../laws/samples.ts";

export default {
  etcd: { example: { etcd: { replicas: 5, storage: "20Gi", storageClass: "nvme" } } },
} satisfies Family;
