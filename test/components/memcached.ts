import type { Family } from "../laws/samples.ts";

export default {
  memcached: {
    example: {
      memcached: { replicas: 2, memory: 1024, maxConnections: 8192, labels: { "example.org/team": "platform" } },
    },
  },
} satisfies Family;
