import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/{registry,secrets}/**/*.test.ts"], maxWorkers: "100%", testTimeout: 600_000 },
});
