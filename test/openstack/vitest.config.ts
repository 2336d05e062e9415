import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/openstack/**/*.test.ts"],
    globalSetup: "test/openstack/setup.ts",
    // One cluster at a time fills a small machine.
    fileParallelism: false,
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
