import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/cluster/**/*.test.ts"],
    globalSetup: "test/cluster/setup.ts",
    // Each file has clusters of its own, which wait more than they work.
    maxWorkers: 7,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
