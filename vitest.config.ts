import { defineConfig } from "vitest/config";

// The tests that need a cluster, Go or Python have commands of their own (see package.json).
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/cluster/**", "test/config/**", "test/schemas/**", "test/sops-program/**"],
    testTimeout: 30_000,
  },
});
