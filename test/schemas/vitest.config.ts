import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    include: ["test/schemas/**/*.test.ts", "test/components/schemas/*.test.ts"],
    globalSetup: ["test/schemas/setup.ts"],
    testTimeout: 900_000,
  },
});
