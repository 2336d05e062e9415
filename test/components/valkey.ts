import type { Family } from "../laws/samples.ts";

export default {
  valkey: {
    example: {
      valkey: { replicas: 5, memory: 256, credentials: { password: { generation: 2, alsoValid: 1 } } },
      "valkey-two": {},
    },
  },
} satisfies Family;
