import type { Family } from "../laws/samples.ts";

export default {
  heat: {
    example: {
      heat: { maxStacksPerProject: 100, dedicated: ["messaging"], replicas: { api: 2, engine: 4 } },
      "heat-two": { uses: { identity: "keystone-two" } },
    },
  },
} satisfies Family;
