import type { Operator } from "../../generator/operators/operator.ts";

const version = "1.2.3";

/** Runs indexes. */
export const searchOperator: Operator = {
  name: "search-operator",
  title: "search-operator",
  namespace: "search-system",
  source: {
    type: "oci",
    repository: "oci://registry.example.org/charts",
    charts: [{ name: "search-operator", version, values: ({ production }) => ({ replicaCount: production ? 2 : 1 }) }],
  },
  deployments: ["search-operator"],
  images: [`registry.example.org/search/operator:${version}`],
  resources: {
    "search.example.org/Index": {
      longestName: 50,
      replicas: "spec/replicas",
      images: ["spec/image"],
      health: (name) => ({ apiVersion: "apps/v1", kind: "StatefulSet", name }),
    },
  },
};
