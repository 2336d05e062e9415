import type { Family } from "../laws/samples.ts";

export default {
  barbican: {
    example: { barbican: { maxSecretBytes: 100_000, replicas: { api: 2, worker: 4 }, dedicated: ["messaging"] } },
  },
} satisfies Family;
