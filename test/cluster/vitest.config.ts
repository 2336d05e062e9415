import { defineConfig } from "vitest/config";
import { inOrder } from "../tools/longest-first.ts";

/** The longest first, so that none is left to run alone at the end; some that work while others wait. */
const order = [
  ...[
    "argocd-lab",
    "flux-commits",
    "argocd-leaving",
    "flux-leaving",
    "flux-jobs",
    "flux-release",
    "argocd-claims",
    "flux-claims",
    "flux",
    "argocd",
    "earlier-flux",
    "earlier-argocd",
  ],
  ...["examples", "flux-forty", "spread", "admission", "interrupted"],
];
/** Of size, or like others with another cluster.yaml: not in the gate, but in `npm run test:cluster:all`, before a release. */
const further = process.env.OVERSTACK_CLUSTERS === "all" ? [] : ["examples", "flux-forty"];

export default defineConfig({
  test: {
    include: ["test/cluster/**/*.test.ts"],
    exclude: further.map((name) => `test/cluster/${name}.test.ts`),
    globalSetup: "test/cluster/setup.ts",
    // Each file has clusters of its own, which wait more than they work: four keep two cores busy.
    maxWorkers: 4,
    sequence: { sequencer: inOrder(order) },
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
