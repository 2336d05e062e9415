import type { Family } from "../laws/samples.ts";

export default {
  rabbitmq: {
    example: { rabbitmq: { replicas: 5, storage: "50Gi", storageClass: "nvme" } },
  },
} satisfies Family;
