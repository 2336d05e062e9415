import fc from "fast-check";
import type { Family } from "../laws/samples.ts";
import { inner, listOf } from "../laws/sometimes.ts";

export default {
  rabbitmq: {
    settings: {
      options: inner({ consumer_timeout: fc.constant(3_600_000), "log.console.level": fc.constant("warning") }),
      plugins: listOf(["rabbitmq_shovel", "rabbitmq_stream"]),
    },
    example: {
      rabbitmq: {
        replicas: 5,
        storage: "50Gi",
        storageClass: "nvme",
        options: { consumer_timeout: 3_600_000 },
        tcpUserTimeout: 30,
        plugins: ["rabbitmq_shovel"],
      },
    },
  },
} satisfies Family;
