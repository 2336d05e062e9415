import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/cluster/**/*.test.ts"],
    globalSetup: "test/cluster/setup.ts",
    // Each file has clusters of its own, which wait more than they work: four keep two cores busy.
    maxWorkers: 4,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
