import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    include: ["test/page/**/*.test.ts"],
    globalSetup: ["test/page/setup.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
