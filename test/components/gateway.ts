import type { Family } from "../laws/samples.ts";

export default {
  gateway: {
    example: {
      gateway: { replicas: 2, serviceType: "LoadBalancer", loadBalancerAddress: "192.0.2.10", loginsPerMinute: 60 },
    },
  },
} satisfies Family;
